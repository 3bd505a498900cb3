/*
 * A game loop: the script decides how the ship moves, the host owns the ship. Whenever the script's file changes, the next
 * frame runs the new behaviour with the script's variables as they were; a version with errors changes nothing.
 *
 *     ./game SCRIPT [VERSION...]
 *
 * Each VERSION, a file, is copied over SCRIPT after three more frames, as if somebody had saved it in an editor.
 */
#include <motet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct ship {
  double x, fuel;
};

static motet_type ship_type;

static int complain(const char *what) {
  fprintf(stderr, "%s: %s\n", what, motet_error_report());
  return 1;
}

/* ship().thrust(amount): args[0] is the object. */
static int32_t thrust(motet_isolate isolate, const motet_value *args, size_t count, motet_value *result, void *user) {
  (void)count, (void)user;
  void *data;
  motet_status status = motet_object_data(isolate, args[0].ref, ship_type, &data);
  if (status) return status;
  struct ship *ship = data;
  if (args[1].number > ship->fuel) return motet_raise("out of fuel", MOTET_NUL_TERMINATED);
  ship->fuel -= args[1].number;
  ship->x += args[1].number * 10;
  *result = motet_float(ship->fuel);
  return MOTET_STATUS_OK;
}

/* ship().x */
static int32_t get_x(motet_isolate isolate, const motet_value *args, size_t count, motet_value *result, void *user) {
  (void)count, (void)user;
  void *data;
  motet_status status = motet_object_data(isolate, args[0].ref, ship_type, &data);
  if (status) return status;
  *result = motet_float(((struct ship *)data)->x);
  return MOTET_STATUS_OK;
}

/* ship(): the object lives as long as the program holds it, the ship as long as the game. */
static int32_t ship(motet_isolate isolate, const motet_value *args, size_t count, motet_value *result, void *user) {
  (void)args, (void)count;
  return motet_object_new(isolate, ship_type, user, sizeof(struct ship), NULL, result);
}

static motet_status make_isolate(struct ship *the_ship, motet_isolate *isolate) {
  motet_engine engine = {0};
  motet_config config = {0};
  motet_status status = motet_engine_new(&engine);
  if (!status) status = motet_config_new(&config);
  if (!status) status = motet_config_console(config, NULL, 0);
  if (!status) status = motet_config_type(config, "Ship", &ship_type);
  if (!status) status = motet_type_method(config, ship_type, "thrust", "float", "float", thrust, NULL, NULL);
  if (!status) status = motet_type_getter(config, ship_type, "x", "float", get_x, NULL, NULL);
  if (!status) status = motet_config_function(config, "ship", "", "any", ship, the_ship, NULL);
  if (!status) status = motet_isolate_new(engine, config, isolate);
  if (config.id) motet_config_free(config);
  if (engine.id) motet_engine_free(engine);
  return status;
}

/* The content of a file with a NUL byte behind it; null if it cannot be read. */
static char *read_file(const char *path, size_t *length) {
  FILE *file = fopen(path, "rb");
  char *bytes = NULL;
  *length = 0;
  if (!file) return NULL;
  for (;;) {
    char *more = realloc(bytes, *length + 65536 + 1);
    if (!more) break;
    bytes = more;
    size_t got = fread(bytes + *length, 1, 65536, file);
    *length += got;
    if (got == 0) break;
  }
  if (bytes) bytes[*length] = 0;
  fclose(file);
  return bytes;
}

/* Saves a version of the script the way editors do: under another name, then renamed. */
static int save(const char *version, const char *script) {
  char temporary[4096];
  size_t length;
  char *bytes = read_file(version, &length);
  snprintf(temporary, sizeof temporary, "%s.tmp", script);
  FILE *file = bytes ? fopen(temporary, "wb") : NULL;
  int failed = !file || fwrite(bytes, 1, length, file) != length;
  if (file && fclose(file)) failed = 1;
  if (!failed) failed = rename(temporary, script);
  free(bytes);
  if (failed) fprintf(stderr, "%s: %s\n", version, strerror(errno));
  return failed;
}

/* Reloads the script if its text is another than `*text`, which it then becomes. */
static void look_for_changes(motet_isolate isolate, motet_module module, const char *script, char **text) {
  size_t length;
  char *now = read_file(script, &length);
  if (!now || (*text && strcmp(now, *text) == 0)) {
    free(now);
    return;
  }
  free(*text);
  *text = now;
  motet_program program;
  motet_reload_report report;
  motet_diagnostic problem;
  if (motet_compile_file(isolate, script, &program)) {
    if (motet_error_diagnostic(0, &problem)) {
      printf("not reloaded: %s\n", motet_error_message());
    } else {
      printf("not reloaded: line %u: %s\n", (unsigned)problem.line, problem.message);
    }
    return;
  }
  if (motet_reload(isolate, module, program, &report)) {
    printf("not reloaded: %s\n", motet_error_message());
  } else {
    printf("version %u: %s", (unsigned)report.version, report.names);
  }
  motet_program_free(program);
}

int main(int argc, char **argv) {
  struct ship the_ship = {0, 0.2};
  motet_isolate isolate;
  motet_program program;
  motet_module module;
  size_t length;
  if (argc < 2) {
    fprintf(stderr, "usage: %s SCRIPT [VERSION...]\n", argv[0]);
    return 2;
  }
  if (motet_abi_version() != MOTET_ABI_VERSION) return 2;
  /* Lines of the game and of the script appear in order. */
  setvbuf(stdout, NULL, _IOLBF, BUFSIZ);
  if (make_isolate(&the_ship, &isolate)) return complain("isolate");
  char *text = read_file(argv[1], &length);
  if (motet_compile_file(isolate, argv[1], &program)) return complain("compile");
  if (motet_register(isolate, "behaviour", program, &module)) return complain("register");
  motet_program_free(program);
  if (motet_execute(isolate, module, NULL, NULL)) return complain("run");
  for (int frame = 0; frame < 3 * (argc - 1); frame++) {
    if (frame > 0 && frame % 3 == 0 && save(argv[1 + frame / 3], argv[1])) return 1;
    look_for_changes(isolate, module, argv[1], &text);
    /* A frame that computes for too long is stopped, not the game. */
    motet_refuel(isolate, 10000);
    motet_value dt = motet_float(0.016), x;
    if (motet_call(isolate, module, "update", &dt, 1, &x)) {
      printf("frame %d: %s\n", frame, motet_error_message());
    } else {
      printf("frame %d: x = %.2f\n", frame, x.number);
    }
  }
  motet_value seconds;
  if (motet_global_get(isolate, module, "seconds", &seconds)) return complain("seconds");
  printf("%.3f of fuel left after %.3f s\n", the_ship.fuel, seconds.number);
  free(text);
  motet_isolate_free(isolate);
  return 0;
}
