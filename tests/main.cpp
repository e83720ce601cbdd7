#define CATCH_CONFIG_RUNNER

#include <catch2/catch.hpp>

#include <sched.h>
#include <sys/mount.h>

namespace {

/// What other programs do in /dev/shm must not look like a leak of ours. Where
/// this is not permitted, the tests see what they do.
void hide_shared_memory_of_others() {
  if (::unshare(CLONE_NEWNS) == 0
      && ::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0)
    static_cast<void>(::mount("none", "/dev/shm", "tmpfs", 0, nullptr));
}

} // namespace

int main(int argc, char** argv) {
  hide_shared_memory_of_others();
  return Catch::Session().run(argc, argv);
}
