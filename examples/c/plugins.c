/*
 * A host of plug-ins: loads .pbc files from strangers, gives them two functions and nothing else, and asks each to
 * transform a text.
 *
 *     ./plugins --make DIR      writes plug-ins for a try, one of them hostile and one damaged
 *     ./plugins FILE.pbc...
 */
#include <motet.h>
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int complain(const char *what) {
  fprintf(stderr, "%s: %s\n", what, motet_error_message());
  return 1;
}

/* log(text): whatever a stranger prints cannot drive the terminal. */
static int32_t log_text(motet_isolate isolate, const motet_value *args, size_t count, motet_value *result, void *user) {
  (void)isolate, (void)count, (void)result;
  int *lines = user;
  ++*lines;
  fputs("  log: ", stdout);
  for (size_t i = 0; i < args[0].length; i++) putchar(isprint((unsigned char)args[0].text[i]) ? args[0].text[i] : '?');
  putchar('\n');
  return MOTET_STATUS_OK;
}

/* word_count(text): work in proportion to an argument is accounted for, so that fuel limits hold. */
static int32_t word_count(motet_isolate isolate, const motet_value *args, size_t count, motet_value *result, void *user) {
  (void)count, (void)user;
  motet_status status = motet_charge(isolate, args[0].length / 64);
  if (status) return status;
  int64_t words = 0;
  for (size_t i = 0; i < args[0].length; i++)
    words += args[0].text[i] != ' ' && (i + 1 == args[0].length || args[0].text[i + 1] == ' ');
  *result = motet_int(words);
  return MOTET_STATUS_OK;
}

static motet_status make_isolate(motet_engine engine, int *lines, motet_isolate *isolate) {
  motet_config config = {0};
  motet_status status = motet_config_new(&config);
  if (!status) status = motet_config_fuel(config, 1000000);
  if (!status) status = motet_config_heap(config, 8 << 20);
  if (!status) status = motet_config_depth(config, 1000);
  if (!status) status = motet_config_function(config, "log", "string", "nil", log_text, lines, NULL);
  if (!status) status = motet_config_function(config, "word_count", "string", "int", word_count, NULL, NULL);
  if (!status) status = motet_isolate_new(engine, config, isolate);
  if (config.id) motet_config_free(config);
  return status;
}

/* Decodes, verifies, links and runs a plug-in, then calls its `transform`. Each step can refuse. */
static void run(motet_engine engine, const char *name, const char *bytes, size_t length) {
  static const char text[] = "the quick brown fox";
  int lines = 0;
  motet_isolate isolate = {0};
  motet_program program = {0};
  motet_module module = {0};
  motet_value argument = motet_string(text, sizeof text - 1), result;
  motet_status status = motet_program_from_pbc(bytes, length, 1, &program);
  if (!status) status = make_isolate(engine, &lines, &isolate);
  if (!status) status = motet_load(isolate, program, &module);
  if (!status) status = motet_run(isolate, module, NULL);
  if (!status) status = motet_call(isolate, module, "transform", &argument, 1, &result);
  if (status) {
    printf("%s: refused (%s): %s\n", name, motet_status_text(status), motet_error_message());
  } else if (result.kind != MOTET_KIND_STRING) {
    printf("%s: returned no text\n", name);
  } else {
    printf("%s: %s (%d lines logged)\n", name, result.text, lines);
  }
  if (program.id) motet_program_free(program);
  if (isolate.id) motet_isolate_free(isolate);
}

static char *read_file(const char *path, size_t *length) {
  FILE *file = fopen(path, "rb");
  char *bytes = NULL;
  *length = 0;
  if (!file) return NULL;
  for (;;) {
    char *more = realloc(bytes, *length + 65536);
    if (!more) break;
    bytes = more;
    size_t got = fread(bytes + *length, 1, 65536, file);
    *length += got;
    if (got == 0) break;
  }
  fclose(file);
  return bytes;
}

static int write_file(const char *folder, const char *name, const char *bytes, size_t length) {
  char path[4096];
  snprintf(path, sizeof path, "%s/%s.pbc", folder, name);
  FILE *file = fopen(path, "wb");
  int failed = !file || fwrite(bytes, 1, length, file) != length;
  if (file && fclose(file)) failed = 1;
  if (failed) fprintf(stderr, "%s: %s\n", path, strerror(errno));
  return failed;
}

/* Plug-ins for a try: names, languages, texts. */
static const char *const samples[][3] = {
  {"upper", "moon", "fn transform(s: String) -> String { log(\"moon here\"); upper(s) }"},
  {"count", "ruff", "func transform(s) { return to_string(word_count(s)) + \" words\" }"},
  {"hang", "moon", "fn transform(s: String) -> String { while true { word_count(s); } s }"},
};

static int make_samples(motet_engine engine, const char *folder) {
  int lines = 0;
  motet_isolate isolate;
  if (make_isolate(engine, &lines, &isolate)) return complain("isolate");
  for (size_t i = 0; i < sizeof samples / sizeof *samples; i++) {
    motet_program program;
    const char *bytes;
    size_t length;
    if (motet_compile(isolate, samples[i][1], samples[i][0], samples[i][2], MOTET_NUL_TERMINATED, &program))
      return complain(samples[i][0]);
    if (motet_program_to_pbc(program, 0, &bytes, &length)) return complain(samples[i][0]);
    if (write_file(folder, samples[i][0], bytes, length)) return 1;
    if (i == 0) {
      char *damaged = malloc(length);
      if (!damaged) return 1;
      memcpy(damaged, bytes, length);
      damaged[length / 2] ^= 0x55;
      int failed = write_file(folder, "damaged", damaged, length);
      free(damaged);
      if (failed) return 1;
    }
    motet_program_free(program);
  }
  motet_isolate_free(isolate);
  return 0;
}

int main(int argc, char **argv) {
  motet_engine engine;
  int status = 0;
  if (motet_abi_version() != MOTET_ABI_VERSION) return 2;
  if (motet_engine_new(&engine)) return complain("engine");
  if (argc == 3 && strcmp(argv[1], "--make") == 0) {
    status = make_samples(engine, argv[2]);
  } else {
    for (int i = 1; i < argc; i++) {
      size_t length;
      char *bytes = read_file(argv[i], &length);
      const char *slash = strrchr(argv[i], '/');
      if (!bytes) {
        fprintf(stderr, "%s: %s\n", argv[i], strerror(errno));
        status = 1;
        continue;
      }
      run(engine, slash ? slash + 1 : argv[i], bytes, length);
      free(bytes);
    }
  }
  motet_engine_free(engine);
  return status;
}
