#include "device/cuda/cubin.h"

#include <charconv>
#include <cstring>
#include <vector>

#include <elf.h>

#include "base/text.h"

namespace ridge::cuda {
namespace {

constexpr std::uint16_t machine_cuda = 190;   // EM_CUDA
constexpr unsigned char symbol_entry = 0x10;  // STO_CUDA_ENTRY, in st_other

template <class T>
bool fetch(std::span<const std::byte> image, std::uint64_t at, T& out) {
  if (at > image.size() || image.size() - at < sizeof out) return false;
  std::memcpy(&out, image.data() + at, sizeof out);
  return true;
}

std::string_view text_at(std::span<const std::byte> table, std::uint64_t at) {
  if (at >= table.size()) return "";
  const char* begin = reinterpret_cast<const char*>(table.data()) + at;
  return {begin, strnlen(begin, table.size() - at)};
}

// The number before `unit` in a line: "… 400 bytes stack frame, …".
std::optional<std::uint64_t> number_before(std::string_view line, std::string_view unit) {
  const std::size_t at = line.find(unit);
  if (at == std::string_view::npos || at == 0) return std::nullopt;
  std::size_t begin = at;
  while (begin > 0 && line[begin - 1] >= '0' && line[begin - 1] <= '9') --begin;
  std::uint64_t value = 0;
  if (std::from_chars(line.data() + begin, line.data() + at, value).ec != std::errc{}) return std::nullopt;
  return value;
}

}  // namespace

std::optional<Cubin> read_cubin(std::span<const std::byte> image) {
  Elf64_Ehdr header{};
  if (!fetch(image, 0, header) || std::memcmp(header.e_ident, ELFMAG, SELFMAG) != 0 ||
      header.e_ident[EI_CLASS] != ELFCLASS64 || header.e_machine != machine_cuda)
    return std::nullopt;
  std::vector<Elf64_Shdr> sections(header.e_shnum);
  for (std::size_t i = 0; i < sections.size(); ++i)
    if (!fetch(image, header.e_shoff + i * sizeof(Elf64_Shdr), sections[i])) return std::nullopt;
  const auto content = [&](const Elf64_Shdr& s) -> std::span<const std::byte> {
    if (s.sh_type == SHT_NOBITS || s.sh_offset > image.size() || s.sh_size > image.size() - s.sh_offset) return {};
    return image.subspan(s.sh_offset, s.sh_size);
  };
  if (header.e_shstrndx >= sections.size()) return std::nullopt;
  const auto names = content(sections[header.e_shstrndx]);

  Cubin out;
  Hasher hash;
  for (const Elf64_Shdr& s : sections) {
    const std::string_view name = text_at(names, s.sh_name);
    if (name.starts_with(".debug") || name.starts_with(".note") || name.starts_with(".nv_debug") ||
        name.starts_with(".line") || name.starts_with(".rela.debug"))
      continue;
    if (name == ".nv.global" || name == ".nv.global.init") out.global_bytes += s.sh_size;
    if (name == ".shstrtab" || name == ".strtab" || name == ".symtab") continue;  // order and debugging names
    hash.field(name).field(s.sh_size).field(content(s));
  }
  out.code = hash.digest();
  for (const Elf64_Shdr& s : sections) {
    if (s.sh_type != SHT_SYMTAB || s.sh_link >= sections.size()) continue;
    const auto table = content(s), strings = content(sections[s.sh_link]);
    for (std::size_t at = 0; at + sizeof(Elf64_Sym) <= table.size(); at += sizeof(Elf64_Sym)) {
      Elf64_Sym symbol{};
      fetch(table, at, symbol);
      if (ELF64_ST_TYPE(symbol.st_info) != STT_FUNC || (symbol.st_other & symbol_entry) == 0) continue;
      out.kernels[std::string(text_at(strings, symbol.st_name))].code_bytes = symbol.st_size;
    }
  }
  return out;
}

void read_resources(std::string_view log, std::map<std::string, KernelFacts>& kernels) {
  KernelFacts* current = nullptr;
  std::string entry;
  bool of_entry = false;  // else the lines are about a function that it calls
  for (const std::string& line : split_lines(log)) {
    if (const std::size_t at = line.find("Compiling entry function '"); at != std::string::npos) {
      const std::size_t begin = at + std::strlen("Compiling entry function '"), end = line.find('\'', begin);
      entry = line.substr(begin, end == std::string::npos ? end : end - begin);
      const auto known = kernels.find(entry);
      current = known == kernels.end() ? nullptr : &known->second;
      continue;
    }
    if (!current) continue;
    if (const std::size_t at = line.find("Function properties for "); at != std::string::npos)
      of_entry = trim(std::string_view(line).substr(at + std::strlen("Function properties for "))) == entry;
    if (const auto stack = number_before(line, " bytes stack frame"); stack && of_entry) {
      current->stack_bytes = *stack;
      current->spill_bytes = number_before(line, " bytes spill stores").value_or(0) +
                             number_before(line, " bytes spill loads").value_or(0);
    }
    if (const auto registers = number_before(line, " registers")) {
      current->registers = int(*registers);
      current->shared_bytes = number_before(line, " bytes smem").value_or(0);
    }
  }
}

}  // namespace ridge::cuda
