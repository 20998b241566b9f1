// Files that the build turned into constants (cmake/embed.cmake).
#pragma once

namespace ridge::embedded {

extern const char* const completion_bash;
extern const char* const completion_zsh;
extern const char* const completion_fish;

// A new task. @NAME@ stands for its name and @FOLDER@ for its folder.
extern const char* const scaffold_task;       // task.toml
extern const char* const scaffold_reference;  // reference.cpp
extern const char* const scaffold_seed;       // seed.cpp
extern const char* const scaffold_template;   // template.cpp
extern const char* const scaffold_mutant;     // mutants/forgets_the_bias.cpp
extern const char* const scaffold_readme;     // README.md

}  // namespace ridge::embedded
