// What a search reads of the doctor: its JSON, its age, its last line.
#include "doctor/record/record.h"

#include <gmock/gmock.h>
#include <nlohmann/json.hpp>

#include "base/subprocess.h"
#include "base/text.h"
#include "model/json.h"

namespace ridge {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::StartsWith;

constexpr const char* kToday = "2026-11-24T12:00:00.000Z";

DoctorFinding finding(const std::string& what, CheckOutcome outcome = CheckOutcome::held) {
  DoctorFinding f;
  f.what = what;
  f.measured = "0.3 %";
  f.expected = "at most 3 %";
  f.outcome = outcome;
  if (outcome != CheckOutcome::held) f.mend = "be quiet";
  f.numbers = {{"hits", 52}, {"trials", 52}};
  return f;
}

DoctorRecord healthy() {
  DoctorRecord r;
  r.facts = {"cpu",  "2 × AVX-512, g++ 12.2", "a processor", 2, "6.1.0", {{"g++", "12.2"}, {"clang++", "19.1"}},
             "0.1.0"};
  r.sections = {{"noise", "2026-11-20T10:00:00.000Z", true, true, 61.5, {finding("noise of calls 20–200 µs")}},
                {"museum", "2026-11-20T10:05:00.000Z", false, true, 40, {finding("hostile programs")}}};
  r.noise.classes[1] = {.sigma_d = 0.03, .sigma_p = 0.02, .blocks = 256, .pairs = 64};
  r.noise.classes[2] = {.sigma_d = 0.01, .sigma_p = 0.006, .blocks = 256, .pairs = 64};
  r.noise.classes[3] = {.sigma_d = 0.01, .sigma_p = 0.003, .blocks = 256, .pairs = 64};
  return r;
}

TEST(DoctorRecord, ItsJsonTellsEverything) {
  const DoctorRecord r = healthy();
  const nlohmann::json j = to_json(r);
  const auto back = doctor_record_from_json(j);
  ASSERT_TRUE(back) << back.error().message;
  EXPECT_EQ(to_json(*back), j);
  EXPECT_EQ(back->facts, r.facts);
  EXPECT_EQ(back->noise.at(60e-6).sigma_p, 0.006);
  ASSERT_EQ(back->sections.size(), 2u);
  EXPECT_EQ(back->sections[0].findings[0].numbers.at("trials"), 52);
  EXPECT_EQ(j["held"], 2);
}

TEST(DoctorRecord, BrokenOnesAreNamedAndNotBelieved) {
  for (const auto& [path, value, said] : {std::tuple{"/format", nlohmann::json(2), "format"},
                                          {"/noise/0/class", nlohmann::json("between"), "between"},
                                          {"/noise/0/sigma_p", nlohmann::json(-1), "out of range"},
                                          {"/noise/0/sigma_p", nlohmann::json(1e300), "out of range"},
                                          {"/sections/0/findings/0/outcome", nlohmann::json("perhaps"), "perhaps"},
                                          {"/facts/compilers/g++", nlohmann::json(12), "compilers"},
                                          {"/sections", nlohmann::json("none"), "sections"}}) {
    nlohmann::json j = to_json(healthy());
    j[nlohmann::json::json_pointer(path)] = value;
    const auto back = doctor_record_from_json(j);
    ASSERT_FALSE(back) << path;
    EXPECT_THAT(back.error().message, HasSubstr(said)) << path;
  }
}

TEST(DoctorRecord, IsKeptAndFoundAgain) {
  const auto folder = TempDir::make("doctor");
  ASSERT_TRUE(folder);
  const std::string path = folder->path() + "/doctor.json";
  const auto none = load_doctor(path);
  ASSERT_TRUE(none);
  EXPECT_FALSE(none->has_value()) << "a machine without one is no error";
  ASSERT_TRUE(save_doctor(path, healthy()));
  const auto back = load_doctor(path);
  ASSERT_TRUE(back && back->has_value());
  EXPECT_EQ(to_json(**back), to_json(healthy()));
  ASSERT_TRUE(write_file(path, "{\"format\": 1, \"facts\": ["));
  const auto torn = load_doctor(path);
  ASSERT_FALSE(torn);
  EXPECT_THAT(torn.error().message, HasSubstr(path));
}

TEST(DoctorRecord, SectionsAreRenewedOneByOne) {
  DoctorRecord newer = healthy();
  newer.sections = {{"power", kToday, false, true, 20, {finding("a kernel with 3 % more work is found slower")}},
                    {"museum", kToday, true, true, 20, {finding("hostile programs", CheckOutcome::failed)}}};
  newer.noise = {};
  const DoctorRecord both = merged(healthy(), newer);
  ASSERT_EQ(both.sections.size(), 3u);
  EXPECT_EQ(both.section("museum")->date, kToday);
  EXPECT_TRUE(both.section("noise"));
  EXPECT_EQ(both.noise.at(60e-6).sigma_p, 0.006) << "noise that was not examined now stays";
  // Of another kernel nothing is kept.
  newer.facts.kernel = "6.2.0";
  EXPECT_EQ(merged(healthy(), newer).sections.size(), 2u);
  EXPECT_TRUE(merged(healthy(), newer).noise.empty());
  EXPECT_EQ(merged(std::nullopt, newer).sections.size(), 2u);
}

TEST(DoctorWarning, NothingIsSaidOfAHealthyMachine) {
  EXPECT_THAT(doctor_warning(healthy(), healthy().facts, kToday), IsEmpty());
}

TEST(DoctorWarning, SaysWhatIsStale) {
  const MachineFacts facts = healthy().facts;
  const auto warning = [&](auto change) {
    DoctorRecord r = healthy();
    change(r);
    const std::string said = doctor_warning(r, facts, kToday);
    EXPECT_THAT(said, Not(HasSubstr("\n")));
    return said;
  };
  EXPECT_THAT(doctor_warning(std::nullopt, facts, kToday), HasSubstr("never measured"));
  EXPECT_THAT(warning([](DoctorRecord& r) { r.noise = {}; }), HasSubstr("never measured"));
  EXPECT_THAT(warning([](DoctorRecord& r) { r.sections.clear(); }), HasSubstr("never measured"));
  EXPECT_THAT(warning([](DoctorRecord& r) { r.facts.kernel = "6.0.9"; }),
              HasSubstr("kernel changed from 6.0.9 to 6.1.0"));
  EXPECT_THAT(warning([](DoctorRecord& r) { r.facts.compilers["g++"] = "11.4"; }),
              HasSubstr("g++ changed from 11.4 to 12.2"));
  EXPECT_THAT(warning([](DoctorRecord& r) { r.facts.compilers.erase("clang++"); }),
              HasSubstr("clang++ changed from none"));
  EXPECT_THAT(warning([](DoctorRecord& r) { r.facts.description = "driver 1"; }), HasSubstr("device changed"));
  EXPECT_THAT(warning([](DoctorRecord& r) { r.facts.version = "0.0.9"; }), HasSubstr("Ridgeline changed"));
  EXPECT_THAT(warning([](DoctorRecord& r) { r.sections[0].date = "2026-10-20T10:00:00.000Z"; }),
              HasSubstr("35 days old"));
  EXPECT_THAT(warning([](DoctorRecord& r) { r.sections[0].date = "2026-10-25T10:00:00.000Z"; }), IsEmpty());
  EXPECT_THAT(warning([](DoctorRecord& r) { r.sections[0].date = "2027-01-01T10:00:00.000Z"; }), HasSubstr("future"));
  EXPECT_THAT(warning([](DoctorRecord& r) { r.sections[0].date = "yesterday"; }), HasSubstr("yesterday"));
  EXPECT_THAT(warning([](DoctorRecord& r) { r.sections[1].findings[0].outcome = CheckOutcome::failed; }),
              HasSubstr("found 1 thing wrong, the first: museum: hostile programs"));
}

TEST(DoctorSentence, SaysWhatTheMachineIsGoodFor) {
  EXPECT_THAT(doctor_sentence(healthy()),
              StartsWith("this machine can be trusted to tell 1.2 % apart above 20 µs (4.0 % below); 52 of 52 hostile "
                         "programs rejected"));
  DoctorRecord wrong = healthy();
  wrong.sections[0].findings[0].outcome = CheckOutcome::failed;
  EXPECT_THAT(doctor_sentence(wrong),
              StartsWith("do not trust this machine's numbers yet: 1 finding did not hold (noise: noise of calls"));
  DoctorRecord cut = healthy();
  cut.sections[1].complete = false;
  EXPECT_THAT(doctor_sentence(cut), HasSubstr("museum was not examined to the end"));
  EXPECT_EQ(doctor_sentence({}), "nothing was examined");
}

TEST(DoctorFile, IsTheMachinesAndOutlivesUpdates) {
  MachineFacts one = healthy().facts, two = one;
  two.kernel = "9.9";
  two.version = "9.9";
  two.compilers.clear();
  EXPECT_EQ(doctor_file(one), doctor_file(two));
  two.processor = "another";
  EXPECT_NE(doctor_file(one), doctor_file(two));
  two = one;
  two.device = "cuda:0";
  EXPECT_NE(doctor_file(one), doctor_file(two));
  EXPECT_THAT(doctor_file(two), Not(HasSubstr(":")));
}

}  // namespace
}  // namespace ridge
