/* What the test programs have in common. */
#ifndef CHECK_H
#define CHECK_H

#include <motet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Ends the program unless `got` is `want`. */
#define EXPECT(got, want)                                                                                   \
  do {                                                                                                      \
    long long got_ = (long long)(got), want_ = (long long)(want);                                           \
    if (got_ != want_) {                                                                                    \
      fprintf(stderr, "%s:%d: %s is %lld, expected %lld; last error: %s\n", __FILE__, __LINE__, #got, got_, \
              want_, motet_error_message());                                                                \
      exit(1);                                                                                              \
    }                                                                                                       \
  } while (0)

#define OK(call) EXPECT(call, MOTET_STATUS_OK)

/* Ends the program unless two texts are equal. */
#define EXPECT_TEXT(got, want)                                                                            \
  do {                                                                                                    \
    const char *got_ = (got), *want_ = (want);                                                            \
    if (strcmp(got_, want_) != 0) {                                                                       \
      fprintf(stderr, "%s:%d: %s is `%s`, expected `%s`\n", __FILE__, __LINE__, #got, got_, want_);       \
      exit(1);                                                                                            \
    }                                                                                                     \
  } while (0)

/* An isolate with the functions of a config; the config is freed. */
static inline motet_isolate isolate_of(motet_config config) {
  motet_engine engine;
  motet_isolate isolate;
  OK(motet_engine_new(&engine));
  OK(motet_isolate_new(engine, config, &isolate));
  OK(motet_config_free(config));
  OK(motet_engine_free(engine));
  return isolate;
}

/* Compiles, loads and runs a Ruff program. */
static inline motet_module load(motet_isolate isolate, const char *text) {
  motet_program program;
  motet_module module;
  if (motet_compile(isolate, "ruff", "test.ruff", text, MOTET_NUL_TERMINATED, &program)) {
    fprintf(stderr, "%s", motet_error_report());
    exit(1);
  }
  OK(motet_load(isolate, program, &module));
  OK(motet_program_free(program));
  OK(motet_run(isolate, module, NULL));
  return module;
}

#endif
