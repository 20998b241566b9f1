// The tables of a run and the check that a file is one.
#pragma once

#include "store/internal/sqlite.h"

namespace ridge {

Result<void> make_tables(Database& db, int format);
// An Error unless the file is sound and has this format. Writes nothing.
Result<void> check_file(Database& db, int format);

}  // namespace ridge
