#include "cli/cli.h"

int main(int argc, char** argv) {
  return ridge::run_cli(argc, argv);
}
