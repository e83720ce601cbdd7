#include "asker.hpp"

#include <atomic>
#include <tuple>
#include <utility>

namespace venomous::chaos {

uint64_t new_asker_id() {
  static std::atomic<uint64_t> last = 0;
  return ++last;
}

namespace {

using namespace std::chrono_literals;

python_options options_of(const call_plan& what) {
  return {.timeout = what.timeout,
          .soft_timeout = what.soft_timeout > 0ms ? what.soft_timeout : forever,
          .busy = what.busy,
          .max_wait = what.max_wait > 0ms ? what.max_wait : forever,
          .token = what.number};
}

std::vector<unsigned char> ballast_of(const call_plan& what) {
  return std::vector<unsigned char>(what.ballast,
                                    static_cast<unsigned char>(what.number));
}

double seconds_of(const call_plan& what) {
  return std::chrono::duration<double>{what.length}.count();
}

snake_args args_of(const call_plan& what, const std::string& notes) {
  return {
    "chaos",          "act",           notes, what.number, to_string(what.what),
    seconds_of(what), ballast_of(what)};
}

using item = std::tuple<std::string, uint64_t, std::string, double,
                        std::vector<unsigned char>>;

/// Writes answers to `what` down.
template <class T>
then<T> note(asker& self, const call_plan& what) {
  return [&records = self.at.records, what](caf::expected<T>& got) {
    if constexpr (std::is_same_v<T, map_results>) {
      records.note(what.number, got);
    } else {
      auto result = answer{};
      if (!got)
        result = answer_of(got.error());
      else if constexpr (std::is_same_v<T, value>)
        result = answer_of(what, *got);
      else if constexpr (std::is_same_v<T, bool>)
        result.yes = *got;
      records.note(what.number, std::move(result));
    }
  };
}

/// A lease and what is left to do with it. As long as it lives, more requests
/// may come.
struct lease {
  std::shared_ptr<asker> self;
  snake what;
  uint64_t number;
  std::vector<call_plan> runs;
  bool release;
  std::shared_ptr<void> sequence = self->at.records.begin_sequence();
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
  x->self->release(x->what, [x](caf::expected<bool>&) {});
}

void run_next(const lease_ptr& x, bool together) {
  auto i = x->next++;
  auto& what = x->runs[i];
  x->self->at.records.open(
    {.what = kind::run, .plan = what, .asker = x->self->id, .of = x->number});
  auto options = options_of(what);
  options.keep_snake = x->release || !x->is_last(i);
  auto noted = note<value>(*x->self, what);
  x->self->snake_run(x->what, args_of(what, x->self->at.notes), options,
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

static void perform(const std::shared_ptr<asker>& self,
                    const call_order& what) {
  auto& call = what.call;
  auto args = args_of(call, self->at.notes);
  if (what.anonymous)
    caf::anon_send(self->at.manager, python_atom_v, std::move(args),
                   options_of(call));
  else
    self->python(std::move(args), options_of(call), note<value>(*self, call));
}

static void perform(const std::shared_ptr<asker>& self,
                    const lease_order& what) {
  auto noted = note<snake>(*self, what.lease);
  // There is more to come until it is known that there is no lease.
  auto sequence = self->at.records.begin_sequence();
  self->retrieve(options_of(what.lease), [=](caf::expected<snake>& got) {
    noted(got);
    if (got)
      begin(std::make_shared<lease>(
              lease{self, *got, what.lease.number, what.runs, what.release}),
            what.together);
    static_cast<void>(sequence);
  });
}

static void perform(const std::shared_ptr<asker>& self,
                    const batch_order& what) {
  auto noted = note<std::vector<snake>>(*self, what.batch);
  auto sequence = self->at.records.begin_sequence();
  self->get_ready(
    what.runs.size(), [=](caf::expected<std::vector<snake>>& got) {
      noted(got);
      if (got)
        for (size_t i = 0; i < got->size(); ++i)
          begin(std::make_shared<lease>(lease{
                  self, (*got)[i], what.batch.number, {what.runs[i]}, false}),
                false);
      static_cast<void>(sequence);
    });
}

static void perform(const std::shared_ptr<asker>& self, const map_order& what) {
  std::vector<item> items;
  for (auto& x : what.items)
    items.emplace_back(self->at.notes, x.number, to_string(x.what),
                       seconds_of(x), ballast_of(x));
  auto options = options_of(what.map);
  self->python_map({"chaos", "act_on", items},
                   {.timeout = options.timeout,
                    .max_wait = options.max_wait,
                    .token = options.token,
                    .snakes = what.snakes},
                   note<map_results>(*self, what.map));
}

static void perform(const std::shared_ptr<asker>& self,
                    const cancel_order& what) {
  self->cancel(what.target, note<bool>(*self, what.cancel));
}

static void perform(const std::shared_ptr<asker>& self,
                    const list_order& what) {
  self->list(note<std::vector<snake_info>>(*self, what.list));
}

void perform(const std::shared_ptr<asker>& self, const order& what) {
  std::visit(
    [&](auto& x) {
      if constexpr (requires { perform(self, x); })
        perform(self, x);
    },
    what);
}

void record(book& records, const order& what, uint64_t asker) {
  if (auto x = std::get_if<call_order>(&what))
    records.open(
      {.plan = x->call, .asker = x->anonymous ? 0 : asker, .probe = x->probe});
  else if (auto x = std::get_if<lease_order>(&what))
    records.open({.what = kind::lease, .plan = x->lease, .asker = asker});
  else if (auto x = std::get_if<batch_order>(&what))
    records.open({.what = kind::batch, .plan = x->batch, .asker = asker});
  else if (auto x = std::get_if<map_order>(&what))
    records.open(
      {.what = kind::map, .plan = x->map, .asker = asker, .items = x->items});
  else if (auto x = std::get_if<cancel_order>(&what))
    records.open({.what = kind::cancel,
                  .plan = x->cancel,
                  .asker = asker,
                  .of = x->target});
  else if (auto x = std::get_if<list_order>(&what))
    records.open({.what = kind::list, .plan = x->list, .asker = asker});
}

} // namespace venomous::chaos
