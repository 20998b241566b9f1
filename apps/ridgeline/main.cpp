#include <malloc.h>

#include "cli/cli.h"

int main(int argc, char** argv) {
  // Inputs and outputs of kernels come and go by the megabyte. Memory that goes back to the system each time comes
  // again as thousands of page faults, which cost more than what is done with it.
  mallopt(M_MMAP_THRESHOLD, 1 << 30);
  mallopt(M_TRIM_THRESHOLD, 1 << 30);
  return ridge::run_cli(argc, argv);
}
