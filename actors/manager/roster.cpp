#include "actors/manager/roster.hpp"

#include <algorithm>
#include <utility>

namespace venomous {

namespace {

/// Moves a snake within `index` from the key that it had to the one that it has
/// now. A snake with the key 0 is not in there.
template <class Key>
void update_key(std::set<std::pair<Key, snake_id>>& index, snake_id id,
                Key& old_key, Key key) {
  if (old_key == key)
    return;
  index.erase({old_key, id});
  if (key > 0)
    index.emplace(key, id);
  old_key = key;
}

} // namespace

// -- properties ---------------------------------------------------------------

bool roster::in_use() const {
  return std::ranges::any_of(members_, [](auto& entry) {
    auto& member = entry.second;
    return !member.calls.empty()
           || (member.phase == snake_phase::serving && member.lease != 0);
  });
}

// -- lookup -------------------------------------------------------------------

pool_member* roster::find(snake_id id) {
  auto i = members_.find(id);
  return i == members_.end() ? nullptr : &i->second;
}

pool_member* roster::find_serving(snake_id id) {
  auto member = find(id);
  return member && member->phase == snake_phase::serving ? member : nullptr;
}

pool_member* roster::find_call(call_token token) {
  return find(by_call_, token);
}

pool_member* roster::find_lease(call_token token) {
  return find(by_lease_, token);
}

pool_member* roster::find(const token_index& index, call_token token) {
  auto i = index.find(token);
  return i == index.end() ? nullptr : find(i->second);
}

pool_member* roster::find_room() {
  return with_room_.empty() ? nullptr : find(with_room_.begin()->second);
}

pool_member* roster::find_backlog() {
  return with_backlog_.empty() ? nullptr : find(with_backlog_.begin()->second);
}

// -- snakes -------------------------------------------------------------------

snake_id roster::add() {
  auto id = ++last_id_;
  members_[id].id = id;
  ++counts_[static_cast<size_t>(snake_phase::starting)];
  return id;
}

void roster::remove(snake_id id) {
  auto member = find(id);
  if (!member)
    return;
  set_spent(*member, false);
  take_ready(*member);
  for (auto& call : std::exchange(member->calls, {}))
    unlink(id, call);
  update_load(*member);
  set_holder(*member, {}, 0);
  --counts_[static_cast<size_t>(member->phase)];
  members_.erase(id);
}

void roster::serve(pool_member& member) {
  set_phase(member, snake_phase::serving);
}

void roster::make_ready(pool_member& member) {
  member.lease = 0;
  set_holder(member, {}, 0);
  set_status(member, member.spent ? snake_status::spent : snake_status::ready);
  member.idle_since = event_loop::clock::now();
  take_ready(member);
  if (!member.spent)
    member.ready_position = ready_.insert(ready_.end(), member.id);
}

pool_member& roster::take_ready() {
  auto& member = members_.at(ready_.back());
  take_ready(member);
  return member;
}

void roster::take_ready(pool_member& member) {
  if (auto position = std::exchange(member.ready_position, std::nullopt))
    ready_.erase(*position);
}

void roster::set_spent(pool_member& member, bool spent) {
  if (member.spent == spent)
    return;
  member.spent = spent;
  if (spent) {
    ++spent_;
    take_ready(member);
  } else {
    --spent_;
  }
  update_load(member);
}

void roster::retire(pool_member& member) {
  set_spent(member, false);
  set_phase(member, snake_phase::ending);
  take_ready(member);
  update_load(member);
}

void roster::lease(pool_member& member, caf::actor_addr holder,
                   call_token token) {
  member.lease = ++last_lease_;
  set_holder(member, std::move(holder), token);
  set_status(member, snake_status::retrieved);
}

void roster::set_phase(pool_member& member, snake_phase phase) {
  --counts_[static_cast<size_t>(member.phase)];
  ++counts_[static_cast<size_t>(phase)];
  member.phase = phase;
}

void roster::set_status(pool_member& member, snake_status status) {
  member.status = status;
  member.last_update = caf::make_timestamp();
}

// -- calls --------------------------------------------------------------------

void roster::add_call(pool_member& member, assigned_call call) {
  link(member.id, call.caller);
  if (call.token != 0)
    by_call_.insert_or_assign(call.token, member.id);
  member.calls.push_back(std::move(call));
  set_status(member, snake_status::busy);
  update_load(member);
}

void roster::finish_calls(pool_member& member, uint32_t n, uint32_t window) {
  member.window = window;
  for (; n > 0 && !member.calls.empty(); --n) {
    ++member.calls_done;
    unlink(member.id, member.calls.front());
    member.calls.pop_front();
  }
  if (member.calls.empty())
    set_status(member, snake_status::retrieved);
  update_load(member);
}

void roster::drop_call(pool_member& member, place position) {
  auto call =
    std::ranges::find(member.calls, position, &assigned_call::position);
  if (call == member.calls.end())
    return;
  unlink(member.id, *call);
  member.calls.erase(call);
  update_load(member);
}

/// Updates the indexes of the snakes that may have more calls, and of those
/// that have more than they need.
void roster::update_load(pool_member& member) {
  auto n = member.calls.size();
  auto shares =
    member.phase == snake_phase::serving && member.lease == 0 && !member.spent;
  auto has_room = shares && n > 0 && n < member.window;
  update_key(with_room_, member.id, member.load_with_room,
             has_room ? n : size_t{0});
  auto has_backlog = shares && n > 1;
  update_key(with_backlog_, member.id, member.window_with_backlog,
             has_backlog ? member.window : uint32_t{0});
}

// -- callers ------------------------------------------------------------------

bool roster::add_caller(const caf::actor_addr& caller) {
  return by_caller_.try_emplace(caller).second;
}

std::vector<snake_id> roster::remove_caller(const caf::actor_addr& caller) {
  std::vector<snake_id> result;
  auto node = by_caller_.extract(caller);
  if (!node)
    return result;
  for (auto& [id, count] : node.mapped()) {
    result.push_back(id);
    auto& member = *find(id);
    if (member.holder == caller)
      member.holder = {};
    for (auto& call : member.calls)
      if (call.caller == caller)
        call.caller = {};
  }
  return result;
}

std::vector<caf::actor_addr> roster::clear() {
  std::vector<caf::actor_addr> result;
  for (auto& [caller, snakes] : by_caller_)
    result.push_back(caller);
  *this = {};
  return result;
}

void roster::set_holder(pool_member& member, caf::actor_addr holder,
                        call_token token) {
  unlink(member.id, member.holder);
  unlink(by_lease_, member.id, member.lease_token);
  link(member.id, holder);
  if (token != 0)
    by_lease_.insert_or_assign(token, member.id);
  member.holder = std::move(holder);
  member.lease_token = token;
}

void roster::unlink(snake_id id, const assigned_call& call) {
  unlink(id, call.caller);
  unlink(by_call_, id, call.token);
}

void roster::link(snake_id id, const caf::actor_addr& caller) {
  // CAF cannot hash the address of nobody.
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

void roster::unlink(token_index& index, snake_id id, call_token token) {
  if (token == 0)
    return;
  if (auto i = index.find(token); i != index.end() && i->second == id)
    index.erase(i);
}

} // namespace venomous
