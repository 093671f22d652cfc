#include "tise/cli/program.h"

int main(int argc, char** argv) { return tise::cli::run_program(argc, argv); }
