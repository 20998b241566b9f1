#include "device/cpu/object.h"

#include <algorithm>
#include <cstring>
#include <map>
#include <string_view>

#include <elf.h>

#include "device/cpu/glue.h"

namespace ridge::cpu {
namespace {

struct Section {
  Elf64_Shdr header{};
  std::string_view name;
  std::span<const std::byte> bytes;     // empty for .bss
  std::vector<Elf64_Rela> relocations;  // ascending offset
  std::vector<std::uint64_t> objects;   // where symbols stand, ascending; begins with 0
  bool pooled = false;                  // constants without a name of their own, those of all candidates in one section
};

class Object {
 public:
  // False if anything points outside the file: it was made from a stranger's source.
  bool read(std::span<const std::byte> bytes) {
    Elf64_Ehdr h;
    if (!get(bytes, 0, h) || std::memcmp(h.e_ident, ELFMAG, SELFMAG) != 0 || h.e_ident[EI_CLASS] != ELFCLASS64 ||
        h.e_type != ET_REL || h.e_shnum == 0)
      return false;
    sections.resize(h.e_shnum);
    for (std::size_t i = 0; i < sections.size(); ++i) {
      Section& s = sections[i];
      if (!get(bytes, h.e_shoff + i * sizeof(Elf64_Shdr), s.header)) return false;
      if (s.header.sh_type == SHT_NOBITS || s.header.sh_type == SHT_NULL) continue;
      if (s.header.sh_offset > bytes.size() || bytes.size() - s.header.sh_offset < s.header.sh_size) return false;
      s.bytes = bytes.subspan(s.header.sh_offset, s.header.sh_size);
    }
    if (h.e_shstrndx >= sections.size()) return false;
    const Section* table = nullptr;
    for (Section& s : sections) {
      s.name = text(sections[h.e_shstrndx], s.header.sh_name);
      if (s.header.sh_type == SHT_SYMTAB) table = &s;
    }
    if (!table || table->header.sh_link >= sections.size()) return false;
    names_ = &sections[table->header.sh_link];
    symbols.resize(table->bytes.size() / sizeof(Elf64_Sym));
    if (!symbols.empty()) std::memcpy(symbols.data(), table->bytes.data(), symbols.size() * sizeof(Elf64_Sym));
    for (const Section& r : sections) {
      if (r.header.sh_type != SHT_RELA || r.header.sh_info >= sections.size()) continue;
      auto& into = sections[r.header.sh_info].relocations;
      into.resize(r.bytes.size() / sizeof(Elf64_Rela));
      if (!into.empty()) std::memcpy(into.data(), r.bytes.data(), into.size() * sizeof(Elf64_Rela));
      std::stable_sort(into.begin(), into.end(),
                       [](const Elf64_Rela& a, const Elf64_Rela& b) { return a.r_offset < b.r_offset; });
      for (const Elf64_Rela& one : into)
        if (ELF64_R_SYM(one.r_info) >= symbols.size()) return false;
    }
    for (const Elf64_Sym& s : symbols)
      if (s.st_shndx < sections.size()) sections[s.st_shndx].objects.push_back(s.st_value);
    for (Section& s : sections) {
      s.objects.push_back(0);
      if ((s.header.sh_flags & SHF_MERGE) && !(s.header.sh_flags & SHF_STRINGS) && s.header.sh_entsize > 0)
        for (std::uint64_t at = 0; at < s.bytes.size(); at += s.header.sh_entsize) s.objects.push_back(at);
      std::sort(s.objects.begin(), s.objects.end());
      s.objects.erase(std::unique(s.objects.begin(), s.objects.end()), s.objects.end());
      s.pooled = s.relocations.empty() && ((s.header.sh_flags & SHF_MERGE) || s.name == ".rodata");
    }
    return true;
  }
  std::string_view name_of(const Elf64_Sym& s) const { return text(*names_, s.st_name); }

  std::vector<Section> sections;
  std::vector<Elf64_Sym> symbols;

 private:
  template <class T>
  static bool get(std::span<const std::byte> bytes, std::uint64_t at, T& out) {
    if (at > bytes.size() || bytes.size() - at < sizeof(T)) return false;
    std::memcpy(&out, bytes.data() + at, sizeof(T));
    return true;
  }
  static std::string_view text(const Section& table, std::uint64_t at) {
    if (at >= table.bytes.size()) return {};
    const char* begin = reinterpret_cast<const char*>(table.bytes.data()) + at;
    return {begin, strnlen(begin, table.bytes.size() - at)};
  }
  const Section* names_ = nullptr;
};

bool relative_to_next(std::uint64_t type) {
  return type == R_X86_64_PC32 || type == R_X86_64_PLT32 || type == R_X86_64_GOTPCREL || type == R_X86_64_GOTPCRELX ||
         type == R_X86_64_REX_GOTPCRELX;
}

// Feeds everything reachable from some relocations, each section once.
class Walk {
 public:
  explicit Walk(const Object& object) : object_(object) {}

  void point(const Elf64_Rela& r) {
    const Elf64_Sym& symbol = object_.symbols[ELF64_R_SYM(r.r_info)];
    const std::uint64_t type = ELF64_R_TYPE(r.r_info);
    hash_.field(type);
    if (symbol.st_shndx == SHN_UNDEF) {
      hash_.field("foreign").field(object_.name_of(symbol)).field(std::uint64_t(r.r_addend));
    } else if (symbol.st_shndx >= object_.sections.size()) {  // common or absolute
      hash_.field("size").field(symbol.st_value).field(symbol.st_size).field(std::uint64_t(r.r_addend));
    } else if (const Section& s = object_.sections[symbol.st_shndx]; s.pooled) {
      const bool named = ELF64_ST_TYPE(symbol.st_info) != STT_SECTION;
      const std::uint64_t at = symbol.st_value + (named ? 0 : std::uint64_t(r.r_addend));
      content(s, at, !named && relative_to_next(type));
      if (named) hash_.field(std::uint64_t(r.r_addend));
    } else {
      hash_.field("section").field(number(symbol.st_shndx)).field(symbol.st_value + std::uint64_t(r.r_addend));
    }
  }

  Digest finish() {
    for (std::size_t i = 0; i < order_.size(); ++i) {  // grows while it goes
      const Section& s = object_.sections[order_[i]];
      hash_.field(std::uint64_t(s.header.sh_type)).field(std::uint64_t(s.header.sh_flags & ~std::uint64_t(SHF_GROUP)));
      hash_.field(std::uint64_t(s.header.sh_size)).field(std::uint64_t(s.header.sh_addralign)).field(s.bytes);
      for (const Elf64_Rela& r : s.relocations) {
        hash_.field(r.r_offset);
        point(r);
      }
    }
    return hash_.digest();
  }

 private:
  std::uint64_t number(std::size_t section) {
    const auto [at, fresh] = numbers_.try_emplace(section, order_.size());
    if (fresh) order_.push_back(section);
    return at->second;
  }

  // The whole constant that a reference means. An operand relative to the next instruction points 4 bytes and the
  // length of an immediate (0, 1, 2 or 4) before it, so the next beginning within 8 bytes is taken before the one
  // behind.
  void content(const Section& s, std::uint64_t at, bool relative) {
    const auto& starts = s.objects;
    auto after = std::upper_bound(starts.begin(), starts.end(), at);
    std::uint64_t begin = after == starts.begin() ? 0 : *(after - 1);
    if (relative) {
      const auto next = std::lower_bound(starts.begin(), starts.end(), at + 4);
      if (next != starts.end() && *next - (at + 4) <= 4) {
        begin = *next;
      } else {
        after = std::upper_bound(starts.begin(), starts.end(), at + 4);
        begin = *(after - 1);
      }
    }
    after = std::upper_bound(starts.begin(), starts.end(), begin);
    const std::uint64_t size = s.bytes.size();
    const std::uint64_t end = after == starts.end() ? size : std::min(*after, size);
    begin = std::min(begin, end);
    hash_.field("constant").field(s.bytes.subspan(begin, end - begin)).field(at - begin);
  }

  const Object& object_;
  Hasher hash_;
  std::map<std::size_t, std::uint64_t> numbers_;
  std::vector<std::size_t> order_;
};

}  // namespace

std::optional<std::vector<Digest>> code_digests(std::span<const std::byte> bytes, std::size_t candidates,
                                                std::size_t kernels) {
  Object object;
  if (!object.read(bytes)) return std::nullopt;
  for (const Elf64_Sym& s : object.symbols) {
    if (s.st_shndx == SHN_UNDEF || s.st_shndx >= object.sections.size() || object.name_of(s) != entries_name) continue;
    std::vector<Elf64_Rela> table;
    for (const Elf64_Rela& r : object.sections[s.st_shndx].relocations)
      if (r.r_offset >= s.st_value && r.r_offset < s.st_value + 8 * candidates * kernels) table.push_back(r);
    if (table.size() != candidates * kernels) return std::nullopt;
    std::vector<Digest> digests;
    for (std::size_t c = 0; c < candidates; ++c) {
      Walk walk(object);
      for (std::size_t k = 0; k < kernels; ++k) walk.point(table[c * kernels + k]);
      digests.push_back(walk.finish());
    }
    return digests;
  }
  return std::nullopt;
}

}  // namespace ridge::cpu
