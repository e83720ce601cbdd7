#include "progress.hpp"

#include <unistd.h>

#include <cmath>
#include <iomanip>
#include <iostream>
#include <sstream>
#include <string>

namespace {

constexpr size_t bar_width = 30;

constexpr auto redraw_interval = std::chrono::milliseconds(100);

constexpr const char* erase_line = "\r\x1b[K";

} // namespace

progress::progress(size_t total)
  : total_(total), is_terminal_(isatty(STDERR_FILENO) != 0) {
  // nop
}

progress::~progress() {
  if (is_terminal_)
    std::cerr << erase_line << std::flush;
}

void progress::update(size_t done) {
  if (total_ == 0)
    return;
  if (is_terminal_)
    draw_bar(done);
  else
    print_line(done);
}

void progress::draw_bar(size_t done) {
  auto now = clock::now();
  if (done < total_ && now - last_drawn_ < redraw_interval)
    return;
  last_drawn_ = now;
  auto filled = bar_width * done / total_;
  std::ostringstream line;
  line << erase_line << '[' << std::string(filled, '#')
       << std::string(bar_width - filled, '.') << "] " << done << '/' << total_
       << " files";
  std::chrono::duration<double> elapsed = now - start_;
  auto rate = static_cast<double>(done) / elapsed.count();
  if (done > 0)
    line << std::fixed << std::setprecision(0) << ", " << rate << " files/s, "
         << std::ceil(static_cast<double>(total_ - done) / rate) << " s left";
  std::cerr << line.str() << std::flush;
}

void progress::print_line(size_t done) {
  auto tenths = 10 * done / total_;
  if (tenths == tenths_)
    return;
  tenths_ = tenths;
  std::cerr << "census: " << 10 * tenths << " %, " << done << " of " << total_
            << " files" << std::endl;
}
