#include "evaluate/npy.h"

#include <cstring>

#include <gmock/gmock.h>

#include "base/subprocess.h"
#include "base/text.h"

namespace ridge {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using Shape = std::vector<std::uint64_t>;

std::string version_1(const std::string& text) {
  std::string out("\x93NUMPY\1\0", 8);
  out += char(text.size() & 0xff);
  out += char(text.size() >> 8);
  return out + text;
}

class Npy : public testing::Test {
 protected:
  void SetUp() override {
    auto folder = TempDir::make("npy");
    ASSERT_TRUE(folder);
    folder_ = std::make_unique<TempDir>(std::move(*folder));
    path_ = folder_->path() + "/u.npy";
  }
  // What reading this file as a type and shape complains about.
  std::string complaint(const std::string& content, ScalarType type, const Shape& shape) {
    EXPECT_TRUE(write_file(path_, content));
    const auto read = read_npy(path_, type, shape);
    if (read) return "";
    EXPECT_THAT(read.error().message, HasSubstr(path_));
    return read.error().message;
  }
  std::unique_ptr<TempDir> folder_;
  std::string path_;
};

TEST_F(Npy, EveryTypeComesBackAsItWasWritten) {
  const Shape shape = {3, 2};
  for (int t = 0; t <= int(ScalarType::boolean); ++t) {
    const auto type = ScalarType(t);
    std::vector<std::byte> bytes(6 * size_of(type));
    for (std::size_t i = 0; i < bytes.size(); ++i)
      bytes[i] = std::byte(type == ScalarType::boolean ? i % 2 : 7 * i + 1);
    ASSERT_TRUE(write_npy(path_, npy_descr(type), shape, bytes));
    const auto read = read_npy(path_, type, shape);
    ASSERT_TRUE(read) << name(type) << ": " << read.error().message;
    EXPECT_EQ(*read, bytes) << name(type);
    const auto content = read_file(path_);
    ASSERT_TRUE(content);
    EXPECT_EQ((content->size() - bytes.size()) % 64, 0u) << "data begin at a multiple of 64";
  }
}

// Byte for byte what numpy.save writes for numpy.arange(6, dtype="<f4").reshape(2, 3).
TEST_F(Npy, TheHeaderIsNumPysOwn) {
  std::string expected("\x93NUMPY\1\0\x76\0{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }", 69);
  expected.resize(127, ' ');
  expected += '\n';
  EXPECT_EQ(npy_header("<f4", Shape{2, 3}), expected);
}

TEST_F(Npy, OneDimensionAndALongHeaderReadBack) {
  const auto one = parse_npy_header(npy_header("<f4", Shape{5}));
  ASSERT_TRUE(one) << one.error().message;
  EXPECT_THAT(one->shape, ElementsAre(5));
  std::string text = "{'descr': '<f8', 'fortran_order': False, 'shape': (4,), }";
  std::string file("\x93NUMPY\2\0", 8);
  for (int i = 0; i < 4; ++i) file += char(text.size() >> (8 * i) & 0xff);
  const auto two = parse_npy_header(file + text + std::string(32, '\0'));
  ASSERT_TRUE(two) << two.error().message;
  EXPECT_EQ(two->data_offset, 12 + text.size());
}

TEST_F(Npy, AnyOrderOfKeysAndEitherQuoteIsTheSame) {
  const std::string data(8, '\0');
  EXPECT_EQ(
      complaint(version_1("{\"shape\": (2,),\"fortran_order\":False , 'descr':'<f4'}\n") + data, ScalarType::f32, {2}),
      "");
}

TEST_F(Npy, ComplexIsATrailingTwo) {
  const std::string header = version_1("{'descr': '<c8', 'fortran_order': False, 'shape': (2,), }\n");
  EXPECT_EQ(complaint(header + std::string(16, '\0'), ScalarType::f32, {2, 2}), "");
  EXPECT_THAT(complaint(header + std::string(16, '\0'), ScalarType::f32, {2, 3}), HasSubstr("complex"));
  EXPECT_THAT(complaint(header + std::string(16, '\0'), ScalarType::f64, {2, 2}), HasSubstr("descr: '<c8'"));
}

TEST_F(Npy, AWrongTypeOrderOrShapeIsNamed) {
  const std::string data(24, '\0');
  const auto file = [&](const std::string& text) { return version_1(text) + data; };
  EXPECT_THAT(complaint(file("{'descr': '<f8', 'fortran_order': False, 'shape': (3,), }"), ScalarType::f32, {6}),
              AllOf(HasSubstr("descr: '<f8'"), HasSubstr("expected '<f4'")));
  EXPECT_THAT(complaint(file("{'descr': '>f4', 'fortran_order': False, 'shape': (6,), }"), ScalarType::f32, {6}),
              HasSubstr("big endian"));
  EXPECT_THAT(complaint(file("{'descr': '<f4', 'fortran_order': True, 'shape': (2, 3), }"), ScalarType::f32, {2, 3}),
              AllOf(HasSubstr("fortran_order"), HasSubstr("ascontiguousarray")));
  EXPECT_THAT(complaint(file("{'descr': '<f4', 'fortran_order': False, 'shape': (3, 2), }"), ScalarType::f32, {2, 3}),
              AllOf(HasSubstr("shape: (3, 2)"), HasSubstr("expected (2, 3)")));
  EXPECT_THAT(
      complaint(file("{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3, 1), }"), ScalarType::f32, {2, 3}),
      HasSubstr("shape"));
  EXPECT_THAT(complaint(file("{'descr': '<i4', 'fortran_order': False, 'shape': (6,), }"), ScalarType::u32, {6}),
              HasSubstr("descr"));
  EXPECT_THAT(
      complaint(file("{'descr': [('a','<f4')], 'fortran_order': False, 'shape': (6,), }"), ScalarType::f32, {6}),
      HasSubstr("structured"));
}

TEST_F(Npy, MissingDataAndTooMuchAreNamed) {
  const std::string header = version_1("{'descr': '<f4', 'fortran_order': False, 'shape': (6,), }");
  EXPECT_THAT(complaint(header + std::string(23, '\0'), ScalarType::f32, {6}),
              AllOf(HasSubstr("truncated"), HasSubstr("23 bytes"), HasSubstr("24")));
  EXPECT_THAT(complaint(header + std::string(25, '\0'), ScalarType::f32, {6}), HasSubstr("1 bytes follow"));
}

TEST_F(Npy, ABoolIsZeroOrOne) {
  const std::string header = version_1("{'descr': '|b1', 'fortran_order': False, 'shape': (3,), }");
  EXPECT_THAT(complaint(header + std::string("\0\1\2", 3), ScalarType::boolean, {3}), HasSubstr("element 2"));
}

// None of these may crash, hang or take memory for what they claim.
TEST_F(Npy, HostileHeadersAreErrors) {
  const auto says = [&](const std::string& content) { return complaint(content, ScalarType::f32, {6}); };
  EXPECT_THAT(says(""), HasSubstr("not a .npy file"));
  EXPECT_THAT(says("PK\3\4 a zip file"), HasSubstr("not a .npy file"));
  EXPECT_THAT(says(std::string("\x93NUMPY\1\0", 8)), HasSubstr("within its header"));
  EXPECT_THAT(says(std::string("\x93NUMPY\3\0\1\0\0\0", 12)), HasSubstr("version 3.0"));
  EXPECT_THAT(says(std::string("\x93NUMPY\2\0\xff\xff\xff\xff{}", 14)), HasSubstr("bytes long"));
  EXPECT_THAT(says(std::string("\x93NUMPY\1\0\xff\x7f{", 11)), HasSubstr("within its header"));
  for (const auto& [text, word] : std::vector<std::pair<std::string, std::string>>{
           {"", "expected '{'"},
           {"{", "a key"},
           {"{}", "'descr' is missing"},
           {"{'descr': '<f4', 'descr': '<f4'}", "twice"},
           {"{'descr': '<f4', 'weights': 3}", "unknown key"},
           {"{'descr': '<f4'", "','"},
           {"{'descr': '<f4", "quote"},
           {"{'descr': '<f4', 'fortran_order': 0, 'shape': (6,)}", "True or False"},
           {"{'descr': '<f4', 'fortran_order': False, 'shape': (-6,)}", "shape[0]"},
           {"{'descr': '<f4', 'fortran_order': False, 'shape': (99999999999999999999999999,)}", "larger"},
           {"{'descr': '<f4', 'fortran_order': False, 'shape': (6 6)}", "','"},
           {"{'descr': '<f4', 'fortran_order': False, 'shape': 6}", "tuple"},
           {"{'descr': '<f4', 'fortran_order': False, 'shape': (6,)} import os", "follows"},
           {"{'descr': '<f4', 'fortran_order': False}", "'shape' is missing"}})
    EXPECT_THAT(says(version_1(text)), HasSubstr(word)) << text;
  std::string deep = "{'descr': '<f4', 'fortran_order': False, 'shape': (";
  for (int i = 0; i < 4000; ++i) deep += "1,";
  EXPECT_THAT(says(version_1(deep + ")}")), HasSubstr("dimensions"));
  EXPECT_THAT(says(version_1("{'descr': '\x1b[2J', 'fortran_order': False, 'shape': (6,)}") + std::string(24, '\0')),
              testing::Not(HasSubstr("\x1b")));
}

TEST_F(Npy, AMissingFileIsNamed) {
  const auto read = read_npy(folder_->path() + "/none.npy", ScalarType::f32, Shape{1});
  ASSERT_FALSE(read);
  EXPECT_THAT(read.error().message, HasSubstr("none.npy"));
}

}  // namespace
}  // namespace ridge
