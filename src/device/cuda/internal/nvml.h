// The state of a GPU as the driver's management library tells it, opened at run time: clocks, power, what holds the
// clocks back. Facts for the record of a run; nothing is ever set.
#pragma once

#include <map>
#include <string>

namespace ridge::cuda {

// By PCI address ("0000:00:06.0"). Empty where the library is missing; what a GPU does not tell is left out. Keys:
// "clock" and "memory clock" ("1980 of 1980 MHz"), "power" ("87 of 700 W"), "temperature" ("35 °C"), "clocks held back
// by" ("nothing", "power cap", "heat", …).
std::map<std::string, std::string> gpu_state(const std::string& pci_address);

// The library's bits in words.
std::string clock_limits(unsigned long long reasons);

}  // namespace ridge::cuda
