// What remains where a system refuses a layer, as containers and the nodes of large machines do. The refusals are made
// by a filter of system calls in the process that becomes the jail.
#include <cerrno>

#include <fcntl.h>
#include <seccomp.h>

#include "attack.h"

namespace ridge {
namespace {

using attack::in_child;
using attack::jailed_shell;

std::function<void()> refusing(std::vector<int> calls, int error) {
  return [=] {
    const scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);
    for (const int call : calls) seccomp_rule_add(filter, SCMP_ACT_ERRNO(std::uint32_t(error)), call, 0);
    if (seccomp_load(filter) != 0) _exit(98);
    seccomp_release(filter);
  };
}

class Fallback : public testing::Test {
 protected:
  void SetUp() override {
    if (!probe_layers().seccomp) GTEST_SKIP() << "refusals are made with seccomp, which is not there";
  }
  const std::string reads_ours_ = "read line < /etc/passwd", works_ = "echo yes > here && read line < here";
  const std::string connects_ = "exec 3<>/dev/udp/127.0.0.1/9";
};

TEST_F(Fallback, WithoutNamespacesLandlockHidesFilesAndTheFilterDeniesSockets) {
  const auto refused = refusing({SCMP_SYS(unshare)}, EPERM);
  EXPECT_EQ(jailed_shell(works_, {}, {}, refused), 0);
  EXPECT_NE(jailed_shell(connects_, {}, {}, refused), 0);
  if (probe_layers().landlock_abi == 0) GTEST_SKIP() << "no Landlock here, and probe_layers says so";
  EXPECT_NE(jailed_shell(reads_ours_, {}, {}, refused), 0);
}

// As on systems that give out user namespaces without any right in them.
TEST_F(Fallback, WithoutTheRightToMountLandlockHidesFiles) {
  const auto refused = refusing({SCMP_SYS(mount)}, EACCES);
  EXPECT_EQ(jailed_shell(works_, {}, {}, refused), 0);
  if (probe_layers().landlock_abi == 0) GTEST_SKIP() << "no Landlock here, and probe_layers says so";
  EXPECT_NE(jailed_shell(reads_ours_, {}, {}, refused), 0);
}

TEST_F(Fallback, WithoutLandlockNamespacesHideFiles) {
  const auto refused = refusing({SCMP_SYS(landlock_create_ruleset)}, ENOSYS);
  EXPECT_EQ(jailed_shell(works_, {}, {}, refused), 0);
  if (!probe_layers().user_namespace) GTEST_SKIP() << "no user namespaces here, and probe_layers says so";
  EXPECT_NE(jailed_shell(reads_ours_, {}, {}, refused), 0);
}

TEST_F(Fallback, ALaneWithoutNamespacesAndLandlockIsSealedAllTheSame) {
  EXPECT_EQ(in_child([&] {
              refusing({SCMP_SYS(unshare), SCMP_SYS(landlock_create_ruleset)}, ENOSYS)();
              enter_lane(0);
              if (!seal_lane(nullptr)) return 99;
              return open("/etc/passwd", O_RDONLY | O_CLOEXEC) >= 0 ? 0 : 1;
            }),
            forbidden_exit);
}

TEST_F(Fallback, ALaneThatCannotBeSealedSaysSo) {
  EXPECT_EQ(in_child([&] {
              refusing({SCMP_SYS(seccomp)}, ENOSYS)();
              return seal_lane(nullptr) ? 0 : 1;
            }),
            1);
}

TEST(FallbackWords, EachMissingLayerSaysWhatRemains) {
  using testing::HasSubstr;
  Layers none;
  ASSERT_EQ(none.missing().size(), 3u);
  EXPECT_THAT(none.missing()[0], HasSubstr("share the host's file view and network"));
  EXPECT_THAT(none.missing()[1], HasSubstr("can read every file"));
  EXPECT_THAT(none.missing()[2], HasSubstr("do not run strangers' kernels"));
  const Layers container{.user_namespace = false, .landlock_abi = 3, .seccomp = true, .memory_group = false};
  ASSERT_EQ(container.missing().size(), 1u);
  EXPECT_THAT(container.missing()[0], HasSubstr("Landlock still hides files, seccomp still denies sockets"));
  EXPECT_THAT(container.present(), testing::Contains("memory watched"));
}

}  // namespace
}  // namespace ridge
