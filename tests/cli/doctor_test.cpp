// The command around the doctor; what it examines is tested in tests/doctor. Nothing here hangs on a time.
#include <filesystem>

#include <gmock/gmock.h>
#include <nlohmann/json.hpp>

#include "base/subprocess.h"
#include "base/text.h"
#include "cli/program.h"
#include "confine/confine.h"
#include "device/table/table.h"
#include "doctor/record/record.h"

namespace ridge {
namespace {

using testing::HasSubstr;

// A cache folder of its own, so that no other test's record is read or renewed.
class DoctorCommand : public testing::Test {
 protected:
  void SetUp() override {
    if (const char* known = std::getenv("XDG_CACHE_HOME")) before_ = known;
    setenv("XDG_CACHE_HOME", folder_.path().c_str(), 1);
  }
  void TearDown() override {
    if (before_)
      setenv("XDG_CACHE_HOME", before_->c_str(), 1);
    else
      unsetenv("XDG_CACHE_HOME");
  }
  std::string file() {
    for (const auto& entry : std::filesystem::recursive_directory_iterator(folder_.path()))
      if (entry.path().filename().string().starts_with("doctor-")) return entry.path().string();
    return "";
  }

 private:
  TempDir folder_ = *TempDir::make("doctor-cache");
  std::optional<std::string> before_;
};

TEST_F(DoctorCommand, WordsAndDevicesThatMakeNoSenseAreNamed) {
  const Outcome wrong = ridgeline({"doctor", "--only", "nois"});
  EXPECT_EQ(wrong.status, 2);
  EXPECT_THAT(wrong.err, HasSubstr("nois: the doctor has no such section; did you mean \"noise\"?"));
  const Outcome simulated = ridgeline({"doctor", "--device", "null"});
  EXPECT_EQ(simulated.status, 2);
  EXPECT_THAT(simulated.err, HasSubstr("nothing to examine"));
  EXPECT_EQ(file(), "");
}

TEST_F(DoctorCommand, EveryLayerThatIsHereHolds) {
  const Outcome said = ridgeline({"doctor", "--only", "confinement", "--json"});
  const auto json = nlohmann::json::parse(said.out);
  ASSERT_EQ(json["sections"].size(), 1u);
  std::size_t tried = 0;
  for (const auto& f : json["sections"][0]["findings"]) {
    EXPECT_NE(f["outcome"], "failed") << f.dump();
    tried += f["outcome"] == "held";
  }
  if (probe_layers().missing().empty()) {
    EXPECT_GE(tried, 10u) << "every layer is there, so every one was tried";
  }
  EXPECT_EQ(said.status, 0);
  ASSERT_NE(file(), "");
  const auto stored = load_doctor(file());
  ASSERT_TRUE(stored && stored->has_value());
  EXPECT_EQ(to_json(**stored)["sections"], json["sections"]);
}

TEST_F(DoctorCommand, SectionsOfTwoRunsStandTogether) {
  ridgeline({"doctor", "--only", "confinement"});
  const Outcome said = ridgeline({"doctor", "--only", "clock"});
  for (const char* part : {"confinement  (", "clock  (", "seccomp: a kernel opens a file", "clock resolution"})
    EXPECT_THAT(said.out, HasSubstr(part));
}

// What a search is told: the record of this machine where there is one, and why not to lean on it.
TEST_F(DoctorCommand, ASearchTakesTheStoredNoise) {
  const auto device = open_device("cpu");
  ASSERT_TRUE(device);
  const Capabilities& caps = (*device)->capabilities();
  const char* today = "2026-11-24T00:00:00Z";
  EXPECT_THAT(doctor_advice(caps, today).warning, HasSubstr("never measured"));
  EXPECT_TRUE(doctor_advice(caps, today).noise().empty());
  DoctorRecord record;
  record.facts = machine_facts(caps);
  record.sections = {{"noise", "2026-11-20T00:00:00Z", false, true, 60, {}}};
  record.noise.classes[3] = {.sigma_d = 0.01, .sigma_p = 0.02, .blocks = 64, .pairs = 16};
  ASSERT_TRUE(save_doctor(doctor_file(record.facts), record));
  EXPECT_EQ(doctor_advice(caps, today).warning, "");
  EXPECT_EQ(doctor_advice(caps, today).noise().at(1e-3).sigma_p, 0.02);
  record.facts.kernel = "0.0.1";
  ASSERT_TRUE(save_doctor(doctor_file(record.facts), record));
  EXPECT_THAT(doctor_advice(caps, today).warning, HasSubstr("the kernel changed"));
  EXPECT_EQ(doctor_advice(caps, today).noise().at(1e-3).sigma_p, 0.02) << "old noise is better than none";
}

// A record whose file was torn is written anew, and a search says what to do about it.
TEST_F(DoctorCommand, ATornRecordIsNoObstacle) {
  ridgeline({"doctor", "--only", "clock"});
  ASSERT_TRUE(write_file(file(), "{"));
  const auto device = open_device("cpu");
  ASSERT_TRUE(device);
  EXPECT_THAT(doctor_advice((*device)->capabilities(), "2026-11-24T00:00:00Z").warning,
              HasSubstr("delete the file and run `ridgeline doctor`"));
  ridgeline({"doctor", "--only", "clock"});
  const auto stored = load_doctor(file());
  EXPECT_TRUE(stored && stored->has_value());
}

}  // namespace
}  // namespace ridge
