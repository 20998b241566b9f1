// Null searches: whole searches whose operator changes bytes and never work. Whatever they claim is false.
#pragma once

#include "doctor/record/record.h"

namespace ridge {

DoctorFinding simulated_nulls_finding(std::size_t claims, std::size_t searches, std::size_t duels);
DoctorFinding real_nulls_finding(std::size_t claims, std::size_t searches, std::size_t duels);

}  // namespace ridge
