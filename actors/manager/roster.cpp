#include "actors/manager/roster.hpp"

#include <algorithm>
#include <utility>

namespace venomous {

// -- lookup -------------------------------------------------------------------

roster::member* roster::find(snake_id id) {
  auto i = members_.find(id);
  return i == members_.end() ? nullptr : &i->second;
}

roster::member* roster::find_serving(snake_id id) {
  auto result = find(id);
  return result && result->where == phase::serving ? result : nullptr;
}

roster::member* roster::find_run(call_token token) {
  return find(by_run_, token);
}

roster::member* roster::find_lease(call_token token) {
  return find(by_lease_, token);
}

roster::member* roster::find(const token_map& index, call_token token) {
  auto i = index.find(token);
  return i == index.end() ? nullptr : find(i->second);
}

roster::member* roster::find_room() {
  return room_.empty() ? nullptr : find(room_.begin()->second);
}

roster::member* roster::find_ahead() {
  return ahead_.empty() ? nullptr : find(ahead_.begin()->second);
}

// -- snakes -------------------------------------------------------------------

snake_id roster::add() {
  auto id = ++last_id_;
  members_[id].id = id;
  ++counts_[static_cast<size_t>(phase::starting)];
  return id;
}

void roster::remove(snake_id id) {
  auto what = find(id);
  if (!what)
    return;
  set_spent(*what, false);
  std::erase(ready_, id);
  for (auto& call : std::exchange(what->runs, {}))
    forget(id, call);
  update_room(*what);
  set_holder(*what, {}, 0);
  --counts_[static_cast<size_t>(what->where)];
  members_.erase(id);
}

void roster::make_ready(member& what) {
  what.lease = 0;
  set_holder(what, {}, 0);
  set_status(what, what.spent ? snake_status::spent : snake_status::ready);
  what.idle_since = event_loop::clock::now();
  if (!what.spent)
    ready_.push_back(what.id);
}

void roster::set_spent(member& what, bool spent) {
  if (what.spent == spent)
    return;
  what.spent = spent;
  if (spent) {
    ++spent_;
    std::erase(ready_, what.id);
  } else {
    --spent_;
  }
  update_room(what);
}

roster::member& roster::take_ready() {
  auto id = ready_.back();
  ready_.pop_back();
  return members_.at(id);
}

void roster::take_ready(const member& what) {
  std::erase(ready_, what.id);
}

void roster::serve(member& what) {
  move_to(what, phase::serving);
}

void roster::retire(member& what) {
  set_spent(what, false);
  move_to(what, phase::ending);
  std::erase(ready_, what.id);
  update_room(what);
}

void roster::lease(member& what, caf::actor_addr holder, call_token token) {
  what.lease = ++last_lease_;
  set_holder(what, std::move(holder), token);
  set_status(what, snake_status::retrieved);
}

void roster::begin_call(member& what, run call) {
  link(what.id, call.caller);
  if (call.token != 0)
    by_run_.insert_or_assign(call.token, what.id);
  what.runs.push_back(std::move(call));
  set_status(what, snake_status::busy);
  update_room(what);
}

void roster::end_calls(member& what, uint32_t n, uint32_t window) {
  what.window = window;
  for (; n > 0 && !what.runs.empty(); --n) {
    ++what.calls_done;
    forget(what.id, what.runs.front());
    what.runs.pop_front();
  }
  if (what.runs.empty())
    set_status(what, snake_status::retrieved);
  update_room(what);
}

void roster::drop_call(member& what, place where) {
  auto i = std::ranges::find(what.runs, where, &run::where);
  if (i == what.runs.end())
    return;
  forget(what.id, *i);
  what.runs.erase(i);
  update_room(what);
}

void roster::move_to(member& what, phase where) {
  --counts_[static_cast<size_t>(what.where)];
  ++counts_[static_cast<size_t>(where)];
  what.where = where;
}

void roster::set_status(member& what, snake_status status) {
  what.status = status;
  what.last_update = caf::make_timestamp();
}

/// Puts the two indices right that tell who could have more calls, and who has
/// more than it needs.
void roster::update_room(member& what) {
  auto n = what.runs.size();
  auto shares = what.where == phase::serving && what.lease == 0 && !what.spent;
  auto room = shares && n > 0 && n < what.window ? n : 0;
  if (what.room != room) {
    room_.erase({what.room, what.id});
    if (room > 0)
      room_.emplace(room, what.id);
    what.room = room;
  }
  auto ahead = shares && n > 1 ? what.window : 0;
  if (what.ahead != ahead) {
    ahead_.erase({what.ahead, what.id});
    if (ahead > 0)
      ahead_.emplace(ahead, what.id);
    what.ahead = ahead;
  }
}

// -- callers ------------------------------------------------------------------

bool roster::add_caller(const caf::actor_addr& caller) {
  return by_caller_.try_emplace(caller).second;
}

std::vector<snake_id> roster::remove_caller(const caf::actor_addr& caller) {
  std::vector<snake_id> result;
  if (auto node = by_caller_.extract(caller))
    for (auto& [id, count] : node.mapped()) {
      result.push_back(id);
      forget_caller(*find(id), caller);
    }
  return result;
}

std::vector<caf::actor_addr> roster::clear() {
  std::vector<caf::actor_addr> result;
  for (auto& [caller, snakes] : by_caller_)
    result.push_back(caller);
  members_.clear();
  ready_.clear();
  by_run_.clear();
  by_lease_.clear();
  by_caller_.clear();
  room_.clear();
  ahead_.clear();
  counts_ = {};
  spent_ = 0;
  return result;
}

void roster::set_holder(member& what, caf::actor_addr holder,
                        call_token token) {
  unlink(what.id, what.holder);
  unlink(by_lease_, what.id, what.lease_token);
  link(what.id, holder);
  if (token != 0)
    by_lease_.insert_or_assign(token, what.id);
  what.holder = std::move(holder);
  what.lease_token = token;
}

void roster::forget_caller(member& what, const caf::actor_addr& caller) {
  if (what.holder == caller)
    what.holder = {};
  for (auto& call : what.runs)
    if (call.caller == caller)
      call.caller = {};
}

void roster::forget(snake_id id, const run& call) {
  unlink(id, call.caller);
  unlink(by_run_, id, call.token);
}

void roster::link(snake_id id, const caf::actor_addr& caller) {
  // CAF cannot hash an address of nobody.
  auto i = caller ? by_caller_.find(caller) : by_caller_.end();
  if (i != by_caller_.end())
    ++i->second[id];
}

void roster::unlink(snake_id id, const caf::actor_addr& caller) {
  auto i = caller ? by_caller_.find(caller) : by_caller_.end();
  if (i == by_caller_.end())
    return;
  auto& snakes = i->second;
  if (auto j = snakes.find(id); j != snakes.end() && --j->second == 0)
    snakes.erase(j);
}

void roster::unlink(token_map& index, snake_id id, call_token token) {
  if (token == 0)
    return;
  if (auto i = index.find(token); i != index.end() && i->second == id)
    index.erase(i);
}

} // namespace venomous
