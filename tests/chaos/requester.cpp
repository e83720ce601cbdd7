#include "requester.hpp"

#include <atomic>
#include <tuple>
#include <utility>

namespace venomous::chaos {

uint64_t new_client_id() {
  static std::atomic<uint64_t> last = 0;
  return ++last;
}

namespace {

using namespace std::chrono_literals;

python_options options_of(const call_plan& plan) {
  return {.timeout = plan.timeout,
          .soft_timeout = plan.soft_timeout > 0ms ? plan.soft_timeout : forever,
          .busy = plan.busy,
          .max_wait = plan.max_wait > 0ms ? plan.max_wait : forever,
          .token = plan.number};
}

std::vector<unsigned char> ballast_of(const call_plan& plan) {
  return std::vector<unsigned char>(plan.ballast,
                                    static_cast<unsigned char>(plan.number));
}

double seconds_of(const call_plan& plan) {
  return std::chrono::duration<double>{plan.length}.count();
}

snake_args args_of(const call_plan& plan, const std::string& notes) {
  return {"chaos",
          "act",
          notes,
          plan.number,
          to_string(plan.action),
          seconds_of(plan),
          ballast_of(plan)};
}

using item = std::tuple<std::string, uint64_t, std::string, double,
                        std::vector<unsigned char>>;

/// Records answers to `plan`.
template <class T>
then<T> note(requester& self, const call_plan& plan) {
  return [&recorder = self.context.recorder, plan](caf::expected<T>& got) {
    if constexpr (std::is_same_v<T, map_results>) {
      recorder.note(plan.number, got);
    } else {
      auto result = answer{};
      if (!got)
        result = answer_of(got.error());
      else if constexpr (std::is_same_v<T, value>)
        result = answer_of(plan, *got);
      else if constexpr (std::is_same_v<T, bool>)
        result.yes = *got;
      recorder.note(plan.number, std::move(result));
    }
  };
}

/// A lease and the runs left to do with it. While it is alive, more requests
/// may follow.
struct lease {
  std::shared_ptr<requester> self;
  snake leased;
  uint64_t number;
  std::vector<call_plan> runs;
  bool release;
  std::shared_ptr<void> sequence = self->context.recorder.begin_sequence();
  size_t next = 0;
  size_t answered = 0;
  /// Whether the last run has ended it.
  bool is_over = false;

  bool is_last(size_t i) const {
    return i + 1 == runs.size();
  }
};

using lease_ptr = std::shared_ptr<lease>;

void give_back(const lease_ptr& x) {
  x->self->release(x->leased, [x](caf::expected<bool>&) {});
}

void run_next(const lease_ptr& x, bool together) {
  auto i = x->next++;
  auto& plan = x->runs[i];
  x->self->context.recorder.open({.kind = request_kind::run,
                                  .plan = plan,
                                  .client = x->self->id,
                                  .of = x->number});
  auto options = options_of(plan);
  options.keep_snake = x->release || !x->is_last(i);
  auto noted = note<value>(*x->self, plan);
  x->self->snake_run(x->leased, args_of(plan, x->self->context.notes), options,
                     [=](caf::expected<value>& got) {
                       noted(got);
                       ++x->answered;
                       x->is_over |= got && x->is_last(i) && !x->release;
                       if (!together && x->next < x->runs.size())
                         run_next(x, false);
                       else if (x->answered == x->runs.size() && !x->is_over)
                         give_back(x);
                     });
}

void begin(const lease_ptr& x, bool together) {
  if (x->runs.empty())
    return give_back(x);
  if (!together)
    return run_next(x, false);
  while (x->next < x->runs.size())
    run_next(x, true);
}

} // namespace

static void perform(const std::shared_ptr<requester>& self, const call_op& op) {
  auto& call = op.call;
  auto args = args_of(call, self->context.notes);
  if (op.anonymous)
    caf::anon_send(self->context.manager, python_atom_v, std::move(args),
                   options_of(call));
  else
    self->python(std::move(args), options_of(call), note<value>(*self, call));
}

static void perform(const std::shared_ptr<requester>& self,
                    const lease_op& op) {
  auto noted = note<snake>(*self, op.lease);
  // More requests may follow until it is known that there is no lease.
  auto sequence = self->context.recorder.begin_sequence();
  self->retrieve(options_of(op.lease), [=](caf::expected<snake>& got) {
    noted(got);
    if (got)
      begin(std::make_shared<lease>(
              lease{self, *got, op.lease.number, op.runs, op.release}),
            op.together);
    static_cast<void>(sequence);
  });
}

static void perform(const std::shared_ptr<requester>& self,
                    const batch_op& op) {
  auto noted = note<std::vector<snake>>(*self, op.batch);
  auto sequence = self->context.recorder.begin_sequence();
  self->get_ready(op.runs.size(), [=](caf::expected<std::vector<snake>>& got) {
    noted(got);
    if (got)
      for (size_t i = 0; i < got->size(); ++i)
        begin(std::make_shared<lease>(
                lease{self, (*got)[i], op.batch.number, {op.runs[i]}, false}),
              false);
    static_cast<void>(sequence);
  });
}

static void perform(const std::shared_ptr<requester>& self, const map_op& op) {
  std::vector<item> items;
  for (auto& x : op.items)
    items.emplace_back(self->context.notes, x.number, to_string(x.action),
                       seconds_of(x), ballast_of(x));
  auto options = options_of(op.map);
  self->python_map({"chaos", "act_on", items},
                   {.timeout = options.timeout,
                    .max_wait = options.max_wait,
                    .token = options.token,
                    .snakes = op.snakes},
                   note<map_results>(*self, op.map));
}

static void perform(const std::shared_ptr<requester>& self,
                    const cancel_op& op) {
  self->cancel(op.target, note<bool>(*self, op.cancel));
}

static void perform(const std::shared_ptr<requester>& self, const list_op& op) {
  self->list(note<std::vector<snake_info>>(*self, op.list));
}

void perform(const std::shared_ptr<requester>& self, const operation& op) {
  std::visit(
    [&](auto& x) {
      if constexpr (requires { perform(self, x); })
        perform(self, x);
    },
    op);
}

void record(history_recorder& recorder, const operation& op, uint64_t client) {
  if (auto x = std::get_if<call_op>(&op))
    recorder.open({.plan = x->call,
                   .client = x->anonymous ? 0 : client,
                   .probe = x->probe});
  else if (auto x = std::get_if<lease_op>(&op))
    recorder.open(
      {.kind = request_kind::lease, .plan = x->lease, .client = client});
  else if (auto x = std::get_if<batch_op>(&op))
    recorder.open(
      {.kind = request_kind::batch, .plan = x->batch, .client = client});
  else if (auto x = std::get_if<map_op>(&op))
    recorder.open({.kind = request_kind::map,
                   .plan = x->map,
                   .client = client,
                   .items = x->items});
  else if (auto x = std::get_if<cancel_op>(&op))
    recorder.open({.kind = request_kind::cancel,
                   .plan = x->cancel,
                   .client = client,
                   .of = x->target});
  else if (auto x = std::get_if<list_op>(&op))
    recorder.open(
      {.kind = request_kind::list, .plan = x->list, .client = client});
}

} // namespace venomous::chaos
