#pragma once

#include "actors/base/compat.hpp"
#include "actors/manager/dispatcher.hpp"
#include "actors/manager/population.hpp"
#include "actors/manager/replacement.hpp"

#include <caf/actor_companion.hpp>
#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>

#include <functional>
#include <optional>
#include <string>
#include <type_traits>
#include <vector>

/// @file
/// What tests of the manager's parts need: no pool, no snakes, only actors that
/// ask for something.

namespace venomous::test {

/// A caller that does nothing but keep what it is answered.
class passive_caller {
public:
  explicit passive_caller(caf::actor_system& system)
    : handle_(system.spawn<caf::actor_companion, caf::hidden>()) {
    companion().on_enqueue([this](caf::mailbox_element_ptr answer) {
      answers_.push_back(compat::take_content(*answer));
    });
  }

  ~passive_caller() {
    companion().on_enqueue(nullptr);
  }

  passive_caller(const passive_caller&) = delete;

  passive_caller& operator=(const passive_caller&) = delete;

  caf::strong_actor_ptr handle() const {
    return caf::actor_cast<caf::strong_actor_ptr>(handle_);
  }

  caf::actor_addr address() const {
    return handle_.address();
  }

  caf::response_promise promise() const {
    return promised([this] { return companion().make_response_promise(); });
  }

  caf::typed_response_promise<bool> bool_promise() const {
    return promised(
      [this] { return companion().make_response_promise<bool>(); });
  }

  /// Takes the first answer of that type, if any.
  template <class T>
  std::optional<T> answer() {
    for (auto i = answers_.begin(); i != answers_.end(); ++i)
      if (i->match_elements<T>()) {
        std::optional result{i->get_as<T>(0)};
        answers_.erase(i);
        return result;
      }
    return std::nullopt;
  }

  /// Takes the first error that it was answered, if any, and returns its code.
  std::optional<errc> refusal() {
    auto error = answer<caf::error>();
    return error ? code_of(*error) : std::nullopt;
  }

private:
  /// Has it ask itself while `make` makes a promise of that.
  template <class F>
  std::invoke_result_t<F> promised(F make) const {
    auto mail = compat::make_mail(handle(), caf::make_message_id(1),
                                  caf::make_message(caf::unit));
    companion().current_mailbox_element(mail.get());
    auto result = make();
    companion().current_mailbox_element(nullptr);
    return result;
  }

  caf::actor_companion& companion() const {
    return *caf::actor_cast<caf::actor_companion*>(handle_);
  }

  caf::actor handle_;
  std::vector<caf::message> answers_;
};

/// An actor system for callers.
struct callers_fixture {
  caf::actor_system_config config;
  caf::actor_system system{config};
  passive_caller alice{system};
  passive_caller bob{system};
};

inline constexpr python_options waits{.busy = when_busy::wait};

inline pending_request make_call(const passive_caller& from,
                                 python_options options = waits,
                                 snake_args args = {"m", "f"}) {
  return {.promise = from.promise(),
          .demand = job{std::move(args)},
          .options = options};
}

inline pending_request make_lease(const passive_caller& from,
                                  python_options options = waits) {
  return {.promise = from.promise(),
          .demand = pending_request::single_lease{},
          .options = options};
}

/// Takes notes.
class recorded_commands final : public snake_commands {
public:
  struct run {
    snake_id snake;
    place position;
  };

  struct question {
    snake_id snake;
    call_token token;
    std::function<void(bool)> answer;
  };

  std::vector<snake_id> started;
  std::vector<run> runs;
  std::vector<snake_id> leases;
  std::vector<snake_id> reclaims;
  std::vector<snake_id> ended;
  std::vector<question> questions;

  /// Answers a question, which may lead to others.
  void answer(size_t i, bool found) {
    auto on_answer = questions.at(i).answer;
    on_answer(found);
  }

  void start_snake(snake_id id) override {
    started.push_back(id);
  }

  void run_call(const pool_member& member, pending_request request) override {
    runs.push_back({member.id, request.ticket.position});
    promises_.push_back(std::move(request.promise));
  }

  void open_lease(const pool_member& member) override {
    leases.push_back(member.id);
  }

  void reclaim_calls(const pool_member& member) override {
    reclaims.push_back(member.id);
  }

  void end_snake(const pool_member& member, caf::error,
                 termination_style) override {
    ended.push_back(member.id);
  }

  void cancel_call(const pool_member& member, call_token token,
                   std::function<void(bool)> on_answer) override {
    questions.push_back({member.id, token, std::move(on_answer)});
  }

private:
  /// CAF 1.x answers a promise that is dropped.
  std::vector<caf::response_promise> promises_;
};

/// All parts of a manager that decide about snakes, without the actor.
struct parts_fixture : callers_fixture {
  explicit parts_fixture(pool_options own) : options(std::move(own)) {
    for (auto caller : {&alice, &bob})
      snakes.add_caller(caller->address());
  }

  /// Options for at most so many snakes, none of them perpetual.
  static pool_options at_most(size_t snakes) {
    pool_options result;
    result.max_children = snakes;
    result.perpetual_workers = 0;
    return result;
  }

  pool_member& member(snake_id id) {
    return *snakes.find(id);
  }

  /// Lets a snake that was started be there.
  void come_up(snake_id id) {
    auto& x = member(id);
    snakes.serve(x);
    replacements.on_started(x);
    if (x.phase == snake_phase::serving)
      dispatch.make_ready(x);
    replacements.start_successor();
  }

  /// Adds a ready snake.
  snake_id add_ready() {
    auto id = people.start_one();
    come_up(id);
    return id;
  }

  /// Lets a snake answer its first calls, after which it may have `window` at a
  /// time.
  void finish(snake_id id, uint32_t n = 1, uint32_t window = 1) {
    dispatch.finish_calls(member(id), n, window, false);
  }

  pool_options options;
  event_loop loop;
  memory_quota memory{1};
  roster snakes;
  waiting_requests waiting{loop, memory};
  drain draining{loop, [] { return false; },
                 [] {
                 }};
  recorded_commands commands;
  population people{loop, options, snakes, waiting, draining, commands};
  replacement replacements{loop,     options, snakes, waiting.for_any_snake(),
                           draining, people};
  dispatcher dispatch{options, snakes, waiting, people, replacements, commands};
};

} // namespace venomous::test
