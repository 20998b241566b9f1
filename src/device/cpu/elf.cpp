#include "device/cpu/elf.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <string>
#include <vector>

#include <elf.h>
#include <fmt/format.h>

namespace ridge::cpu {
namespace {

constexpr std::array allowed = {"libgomp.so.1", "libomp.so.5",   "libm.so.6",      "libmvec.so.1",
                                "libc.so.6",    "libgcc_s.so.1", "libstdc++.so.6", "ld-linux-x86-64.so.2"};

// Names that no kernel has a use for: by them a candidate would load what is not in its image, or find out that a
// sanitizer looks at it and behave.
constexpr std::array forbidden_imports = {"dlopen",          "dlmopen", "dlsym", "dlvsym",
                                          "dl_iterate_phdr", "dladdr",  "dlinfo"};
constexpr std::array forbidden_prefixes = {"__asan_", "__tsan_", "__ubsan_", "__msan_", "__lsan_", "__sanitizer_"};

bool forbidden_import(const std::string& name) {
  return std::ranges::find(forbidden_imports, name) != forbidden_imports.end() ||
         std::ranges::any_of(forbidden_prefixes, [&](const char* p) { return name.starts_with(p); });
}

Fault load_fault(std::string text) {
  return {Verdict::rejected, Reason::load_time_code, "admit", std::move(text)};
}

// Reads records out of untrusted bytes: everything outside the image is "absent".
class Reader {
 public:
  explicit Reader(std::span<const std::byte> bytes) : bytes_(bytes) {}
  template <class T>
  bool get(std::uint64_t at, T& out) const {
    if (at > bytes_.size() || bytes_.size() - at < sizeof(T)) return false;
    std::memcpy(&out, bytes_.data() + at, sizeof(T));
    return true;
  }
  std::string text(std::uint64_t at) const {
    std::string s;
    for (; at < bytes_.size() && bytes_[at] != std::byte{0} && s.size() < 256; ++at) s += char(bytes_[at]);
    return s;
  }

 private:
  std::span<const std::byte> bytes_;
};

}  // namespace

std::optional<Fault> inspect_image(std::span<const std::byte> image, bool trusted) {
  const Reader reader(image);
  Elf64_Ehdr header;
  if (!reader.get(0, header) || std::memcmp(header.e_ident, ELFMAG, SELFMAG) != 0 || header.e_phnum > 64)
    return load_fault("the compiler's output is not a 64-bit ELF image");

  std::vector<Elf64_Phdr> segments(header.e_phnum);
  for (std::size_t i = 0; i < segments.size(); ++i)
    if (!reader.get(header.e_phoff + i * sizeof(Elf64_Phdr), segments[i]))
      return load_fault("truncated program headers");
  const auto file_offset = [&](std::uint64_t address) {
    for (const Elf64_Phdr& s : segments)
      if (s.p_type == PT_LOAD && address >= s.p_vaddr && address - s.p_vaddr < s.p_filesz)
        return address - s.p_vaddr + s.p_offset;
    return ~std::uint64_t{0};
  };

  std::vector<Elf64_Dyn> entries;
  for (const Elf64_Phdr& s : segments) {
    if (s.p_type == PT_INTERP) return load_fault("the image names a program interpreter");
    if (s.p_type != PT_DYNAMIC) continue;
    for (std::uint64_t at = s.p_offset; at < s.p_offset + s.p_filesz; at += sizeof(Elf64_Dyn)) {
      Elf64_Dyn d;
      if (!reader.get(at, d) || d.d_tag == DT_NULL) break;
      entries.push_back(d);
    }
  }
  if (entries.empty()) return load_fault("the image has no dynamic section");
  // The loader takes the last of several entries of one kind; a linker writes one. (Sections of a candidate's own
  // making are merged into the linker's.)
  for (std::size_t i = 0; i < entries.size(); ++i)
    for (std::size_t k = 0; k < i; ++k)
      if (entries[i].d_tag == entries[k].d_tag && entries[i].d_tag != DT_NEEDED)
        return load_fault("the image's dynamic section names one thing twice");

  std::uint64_t strings = 0;
  const auto value = [&](std::int64_t tag) {
    for (const Elf64_Dyn& d : entries)
      if (d.d_tag == tag) return d.d_un.d_val;
    return Elf64_Xword{0};
  };
  strings = file_offset(value(DT_STRTAB));
  if (trusted) return std::nullopt;

  for (const auto& [tag, what] : {std::pair{DT_INIT, "an initialiser (_init)"}, {DT_FINI, "a finaliser (_fini)"}})
    if (value(tag) != 0)
      return load_fault(fmt::format("the image has {}: kernels run only when they are launched", what));
  for (const auto& [tag, what] : {std::pair{DT_INIT_ARRAYSZ, "constructors (.init_array)"},
                                  {DT_FINI_ARRAYSZ, "destructors (.fini_array)"},
                                  {DT_PREINIT_ARRAYSZ, "constructors (.preinit_array)"}})
    if (value(tag) != 0)
      return load_fault(fmt::format("the image has {}: kernels run only when they are launched", what));

  for (const Elf64_Dyn& d : entries) {
    if (d.d_tag != DT_NEEDED) continue;
    const std::string library = reader.text(strings + d.d_un.d_val);
    if (std::find(allowed.begin(), allowed.end(), library) == allowed.end())
      return Fault{Verdict::rejected, Reason::foreign_library, "admit",
                   fmt::format("the image needs {}: only a task's baseline may link a library", library)};
  }
  // Indirect functions run their resolvers while the image is relocated.
  for (const auto& [table, size] : {std::pair{DT_RELA, DT_RELASZ}, {DT_JMPREL, DT_PLTRELSZ}}) {
    const std::uint64_t begin = value(table) ? file_offset(value(table)) : 0;
    const std::uint64_t bytes = value(size);
    for (std::uint64_t i = 0; i + sizeof(Elf64_Rela) <= bytes; i += sizeof(Elf64_Rela)) {
      Elf64_Rela r;
      if (!reader.get(begin + i, r)) break;
      const auto type = ELF64_R_TYPE(r.r_info);
      if (type == R_X86_64_IRELATIVE || type == R_AARCH64_IRELATIVE)
        return load_fault("the image has indirect functions (ifunc)");
    }
  }
  const std::uint64_t symbols = value(DT_SYMTAB) ? file_offset(value(DT_SYMTAB)) : 0;
  for (std::uint64_t at = symbols; symbols != 0 && at + sizeof(Elf64_Sym) <= strings; at += sizeof(Elf64_Sym)) {
    Elf64_Sym s;
    if (!reader.get(at, s)) break;
    if (ELF64_ST_TYPE(s.st_info) == STT_GNU_IFUNC) return load_fault("the image has indirect functions (ifunc)");
    if (s.st_shndx != SHN_UNDEF || s.st_name == 0) continue;
    if (const std::string wanted = reader.text(strings + s.st_name); forbidden_import(wanted))
      return Fault{Verdict::rejected, Reason::foreign_library, "admit",
                   fmt::format("the image imports {}: kernels may not look for code outside their image", wanted)};
  }
  return std::nullopt;
}

}  // namespace ridge::cpu
