// Every kind of file in the cache, damaged: it is made again, or what it holds is refused by name; it is never
// believed.
#include <filesystem>
#include <fstream>

#include <gmock/gmock.h>

#include "base/intact.h"
#include "base/paths.h"
#include "device/ceilings_file.h"
#include "device/cpu/image_cache.h"
#include "doctor/record/record.h"
#include "evaluate/oracle.h"
#include "workshop.h"

namespace ridge {
namespace {

namespace fs = std::filesystem;

// A changed byte at many places, cut at many places, emptied, zeroed.
std::vector<std::string> damaged(const std::string& whole) {
  Rng rng(47, "damage");
  std::vector<std::string> out = {"", std::string(whole.size(), '\0'), whole + "x"};
  for (int i = 0; i < 30; ++i) {
    std::string one = whole;
    one[rng.below(one.size())] ^= char(1 << rng.below(8));
    out.push_back(std::move(one));
    out.push_back(whole.substr(0, rng.below(whole.size())));
  }
  return out;
}

class DamagedCache : public testing::Test {
 protected:
  // A cache of this test's own.
  void SetUp() override {
    before_ = std::getenv("XDG_CACHE_HOME");
    setenv("XDG_CACHE_HOME", folder_.path().c_str(), 1);
  }
  void TearDown() override { setenv("XDG_CACHE_HOME", before_.c_str(), 1); }
  std::vector<std::string> files(const std::string& below) {
    std::vector<std::string> out;
    std::error_code none;
    for (const auto& e : fs::recursive_directory_iterator(cache_folder() + "/" + below, none))
      if (e.is_regular_file()) out.push_back(e.path().string());
    return out;
  }
  void put(const std::string& path, const std::string& text) {
    std::ofstream(path, std::ios::binary | std::ios::trunc) << text;
  }

  TempDir folder_ = *TempDir::make("cache");
  std::string before_;
};

TEST_F(DamagedCache, ImagesAndTheirEntries) {
  const cpu::ImageCache cache(cache_folder() + "/images");
  Binary binary;
  std::vector<std::byte> bytes(5000);
  for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = std::byte(i * 7);
  binary.image = std::make_shared<const std::vector<std::byte>>(bytes);
  binary.digest = hash_text("code");
  const Digest key = hash_text("key");
  cache.store(std::span(&key, 1), std::span(&binary, 1));
  const auto all = files("images");
  ASSERT_EQ(all.size(), 2u);
  for (const std::string& path : all) {
    const std::string whole = *read_file(path);
    for (const std::string& text : damaged(whole)) {
      put(path, text);
      EXPECT_FALSE(cache.find(key));
    }
    put(path, whole);
    EXPECT_TRUE(cache.find(key));
  }
}

TEST_F(DamagedCache, ReferencesAreCompiledAgain) {
  const auto folder = workshop::Folder::make();
  const Task& task = *folder.task;
  const auto answer = [&]() -> std::string {
    auto oracle = make_oracle(task, 20);
    if (!oracle) return oracle.error().message;
    Draw draw;
    draw.seed = 5;
    if (auto made = (*oracle)->inputs(*task.scored().front(), draw); !made) return made.error().message;
    if (auto made = (*oracle)->answers(*task.scored().front(), draw); !made) return made.error().message;
    return fmt::format("{}", draw.answers.back().real.at(3));
  };
  const std::string right = answer();
  const auto all = files("references");
  ASSERT_EQ(all.size(), 1u);
  const std::string whole = *read_file(all[0], 64 << 20);
  EXPECT_TRUE(digest_behind_holds(whole));
  // The constant that it multiplies with, so to say: code that runs and is wrong.
  std::string wrong = whole;
  for (std::size_t at = 0x1000; at < 0x1400 && at < wrong.size(); ++at) wrong[at] = '\x90';
  for (const std::string& text : {std::string(), whole.substr(0, whole.size() / 2), wrong}) {
    put(all[0], text);
    EXPECT_EQ(answer(), right);
    EXPECT_EQ(*read_file(all[0], 64 << 20), whole) << "and kept again";
  }
}

TEST_F(DamagedCache, CeilingsAreMeasuredAgain) {
  const std::string path = folder_.path() + "/ceilings.json";
  Ceilings c;
  c.bandwidth = {{"L1", 32e3, 1e12}, {"DRAM", 1e9, 1e11}};
  c.flops_f32 = 1e12;
  c.machine = "this one";
  ASSERT_TRUE(save_ceilings(path, c));
  const std::string whole = *read_file(path);
  ASSERT_TRUE(load_ceilings(path));
  for (const std::string& text : damaged(whole)) {
    put(path, text);
    const auto loaded = load_ceilings(path);
    EXPECT_FALSE(loaded) << text;
    EXPECT_THAT(loaded ? "" : loaded.error().message, testing::HasSubstr("delete it and it is measured again"));
  }
}

TEST_F(DamagedCache, ADoctorsRecordIsNotBelieved) {
  const std::string path = folder_.path() + "/doctor.json";
  DoctorRecord record;
  record.facts.device = "cpu";
  record.noise.classes[0] = {0.01, 0.004, 32, 8};
  ASSERT_TRUE(save_doctor(path, record));
  const std::string whole = *read_file(path);
  const auto good = load_doctor(path);
  ASSERT_TRUE(good) << good.error().message;
  for (const std::string& text : damaged(whole)) {
    put(path, text);
    EXPECT_FALSE(load_doctor(path)) << text;
  }
}

}  // namespace
}  // namespace ridge
