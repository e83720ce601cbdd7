#include "actors/roster.hpp"

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
  std::erase(ready_, id);
  set_caller(*what, {}, 0);
  set_holder(*what, {}, 0);
  --counts_[static_cast<size_t>(what->where)];
  members_.erase(id);
}

void roster::make_ready(member& what) {
  what.lease = 0;
  set_holder(what, {}, 0);
  set_status(what, snake_status::ready);
  what.idle_since = event_loop::clock::now();
  ready_.push_back(what.id);
}

roster::member& roster::take_ready() {
  auto id = ready_.back();
  ready_.pop_back();
  return members_.at(id);
}

void roster::serve(member& what) {
  move_to(what, phase::serving);
}

void roster::retire(member& what) {
  move_to(what, phase::ending);
  std::erase(ready_, what.id);
}

void roster::lease(member& what, caf::actor_addr holder, call_token token) {
  what.lease = ++last_lease_;
  set_holder(what, std::move(holder), token);
  set_status(what, snake_status::retrieved);
}

void roster::begin_call(member& what, caf::actor_addr caller,
                        call_token token) {
  set_caller(what, std::move(caller), token);
  set_status(what, snake_status::busy);
}

void roster::end_call(member& what) {
  if (what.status == snake_status::busy)
    ++what.calls_done;
  set_caller(what, {}, 0);
  set_status(what, snake_status::retrieved);
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

// -- callers ------------------------------------------------------------------

bool roster::add_caller(const caf::actor_addr& caller) {
  return by_caller_.try_emplace(caller).second;
}

std::vector<snake_id> roster::remove_caller(const caf::actor_addr& caller) {
  auto node = by_caller_.extract(caller);
  return node.empty() ? std::vector<snake_id>{} : std::move(node.mapped());
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
  counts_ = {};
  return result;
}

void roster::set_holder(member& what, caf::actor_addr holder,
                        call_token token) {
  replace(what.id, what.holder, std::move(holder));
  replace(by_lease_, what.id, what.lease_token, token);
}

void roster::set_caller(member& what, caf::actor_addr caller,
                        call_token token) {
  replace(what.id, what.caller, std::move(caller));
  replace(by_run_, what.id, what.token, token);
}

/// Puts another one in the place of `who`, and the index of callers right.
void roster::replace(snake_id id, caf::actor_addr& who, caf::actor_addr by) {
  if (auto snakes = snakes_of(who))
    if (auto i = std::find(snakes->begin(), snakes->end(), id);
        i != snakes->end())
      snakes->erase(i);
  if (auto snakes = snakes_of(by))
    snakes->push_back(id);
  who = std::move(by);
}

/// Puts another one in the place of `token`, and the index of tokens right.
void roster::replace(token_map& index, snake_id id, call_token& token,
                     call_token by) {
  if (auto i = index.find(token); i != index.end() && i->second == id)
    index.erase(i);
  if (by != 0)
    index.insert_or_assign(by, id);
  token = by;
}

std::vector<snake_id>* roster::snakes_of(const caf::actor_addr& caller) {
  // CAF cannot hash an address of nobody.
  auto i = caller ? by_caller_.find(caller) : by_caller_.end();
  return i == by_caller_.end() ? nullptr : &i->second;
}

} // namespace venomous
