#include "venomous/snake_args.hpp"

#include <algorithm>
#include <utility>

namespace venomous {

snake_args::snake_args() : snake_args(std::string{}, std::string{}) {
  // nop
}

snake_args snake_args::with_args(std::string module, std::string func,
                                 const std::vector<value>& args) {
  snake_args result{std::move(module), std::move(func)};
  result.args_ = args;
  return result;
}

value snake_args::no_kwargs() {
  return value::from_bytes("\x80");
}

void snake_args::add(std::span<const keyword> added) {
  std::vector<keyword> all;
  detail::item head;
  decoder in{kwargs_.bytes(), {}, kwargs_.attachments(), kwargs_.kept()};
  if (in.next(head))
    in.each(head, [&](uint32_t) {
      detail::item name;
      return in.next(name)
             && in.get(all.emplace_back(name.payload, nullptr).second);
    });
  for (auto& [name, x] : added) {
    auto i = std::ranges::find(all, name, &keyword::first);
    if (i != all.end())
      i->second = x;
    else
      all.emplace_back(name, x);
  }
  encoder out;
  out.put_dict(all.size());
  for (auto& [name, x] : all) {
    out.put(name);
    out.put(x);
  }
  kwargs_ =
    value::from_bytes(out.take(), out.take_attachments(), out.take_kept());
}

void snake_args::append_head(std::string& out) const {
  encoder head;
  head.put_str(module_);
  head.put_str(func_);
  out += head.take();
}

} // namespace venomous
