/* Functions and objects of the host: results, failures, what they may do, and who frees what. */
#include "check.h"

static int destroyed;

static void destroy(void *data) {
  destroyed++;
  free(data);
}

static motet_type thing;
static motet_module module;
static motet_value kept;
static int calls;

static int32_t probe(motet_isolate isolate, const motet_value *args, size_t count, motet_value *result, void *user) {
  (void)user;
  motet_value value;
  calls++;
  EXPECT(count, 1);
  if (strcmp(args[0].text, "raise") == 0) return motet_raise("raised\0never seen", 17);
  if (strcmp(args[0].text, "status") == 0) return 4711;
  if (strcmp(args[0].text, "exit") == 0) return motet_raise_exit(3);
  if (strcmp(args[0].text, "denied") == 0) return motet_require(isolate, MOTET_CAPABILITY_FS_READ, "probe");
  if (strcmp(args[0].text, "charge") == 0) return motet_charge(isolate, UINT64_MAX);
  if (strcmp(args[0].text, "handed") == 0) return motet_length(isolate, (motet_ref){0}, &(size_t){0});
  if (strcmp(args[0].text, "garbage") == 0) {
    result->kind = 12345;
    return MOTET_STATUS_OK;
  }
  if (strcmp(args[0].text, "kind") == 0) {
    *result = motet_float(1.5);
    return MOTET_STATUS_OK;
  }
  if (strcmp(args[0].text, "stale") == 0) {
    OK(motet_list_new(isolate, NULL, 0, result));
    OK(motet_ref_release(isolate, result->ref));
    return MOTET_STATUS_OK;
  }
  if (strcmp(args[0].text, "keep") == 0) {
    OK(motet_list_new(isolate, args, 1, &kept));
    OK(motet_ref_keep(isolate, kept.ref));
    OK(motet_scope_open(isolate));
  } else {
    /* What would run programs, or free the isolate, is refused; values are fine. */
    EXPECT(motet_run(isolate, module, NULL), MOTET_STATUS_BUSY);
    EXPECT(motet_call(isolate, module, "ask", NULL, 0, NULL), MOTET_STATUS_BUSY);
    EXPECT(motet_isolate_free(isolate), MOTET_STATUS_BUSY);
    EXPECT(motet_refuel(isolate, 1), MOTET_STATUS_BUSY);
    EXPECT(motet_scope_close(isolate), MOTET_STATUS_BAD_ARGUMENT);
    OK(motet_list_new(isolate, args, 1, &value));
    OK(motet_list_get(isolate, value.ref, 0, &value));
    EXPECT_TEXT(value.text, args[0].text);
  }
  *result = motet_string("fine", MOTET_NUL_TERMINATED);
  return MOTET_STATUS_OK;
}

static int32_t any_number(motet_isolate isolate, const motet_value *args, size_t count, motet_value *result, void *user) {
  (void)isolate, (void)args;
  ++*(int *)user;
  *result = motet_int((int64_t)count);
  return MOTET_STATUS_OK;
}

static int32_t scale(motet_isolate isolate, const motet_value *args, size_t count, motet_value *result, void *user) {
  (void)isolate, (void)user;
  EXPECT(count, 2);
  EXPECT(args[0].kind, MOTET_KIND_FLOAT);
  *result = motet_float(args[0].number * (args[1].kind == MOTET_KIND_NIL ? 2.0 : (double)args[1].integer));
  return MOTET_STATUS_OK;
}

static int32_t make_thing(motet_isolate isolate, const motet_value *args, size_t count, motet_value *result, void *user) {
  (void)args, (void)count, (void)user;
  int *data = malloc(sizeof *data);
  *data = 5;
  return motet_object_new(isolate, thing, data, 4096, destroy, result);
}

static int32_t thing_value(motet_isolate isolate, const motet_value *args, size_t count, motet_value *result, void *user) {
  (void)user;
  void *data;
  int32_t status = motet_object_data(isolate, args[0].ref, thing, &data);
  if (status) return status;
  if (count > 1) *(int *)data = (int)args[1].integer;
  *result = motet_int(*(int *)data);
  return MOTET_STATUS_OK;
}

static int32_t apply(motet_isolate isolate, const motet_value *args, size_t count, motet_value *result, void *user) {
  (void)count, (void)result, (void)user;
  return motet_tail_call(isolate, args[0].ref, &args[1], 1);
}

static char written[256];
static size_t written_length;

static void write_out(const char *bytes, size_t length, void *user) {
  EXPECT(*(int *)user, 77);
  EXPECT(written_length + length < sizeof written, 1);
  memcpy(written + written_length, bytes, length);
  written_length += length;
}

/* Runs `ask(what)`, which hands back the result of `probe(what)` or `caught: ` and the message. */
static const char *ask(motet_isolate isolate, const char *what) {
  static char answer[256];
  motet_value argument = motet_string(what, MOTET_NUL_TERMINATED), result;
  if (motet_call(isolate, module, "ask", &argument, 1, &result)) {
    snprintf(answer, sizeof answer, "%s: %s", motet_status_text(motet_error_status()), motet_error_message());
    return answer;
  }
  EXPECT(result.kind, MOTET_KIND_STRING);
  snprintf(answer, sizeof answer, "%s", result.text);
  OK(motet_ref_release(isolate, result.ref));
  return answer;
}

int main(void) {
  motet_config config;
  int *number = malloc(sizeof *number), *count = calloc(1, sizeof *count), seventy_seven = 77;
  *number = 0;
  OK(motet_config_new(&config));
  OK(motet_config_fuel(config, 100000000));
  OK(motet_config_output(config, write_out, NULL, &seventy_seven, NULL));
  OK(motet_config_function(config, "probe", "string", "string", probe, NULL, NULL));
  OK(motet_config_function(config, "number", NULL, "int", any_number, number, destroy));
  /* Replaced: the first data is gone at once. */
  OK(motet_config_function(config, "count", NULL, NULL, any_number, malloc(1), destroy));
  EXPECT(destroyed, 0);
  OK(motet_config_function(config, "count", NULL, NULL, any_number, count, destroy));
  EXPECT(destroyed, 1);
  OK(motet_config_function(config, "scale", "float, int?", "float", scale, NULL, NULL));
  OK(motet_config_function(config, "make_thing", "", "any", make_thing, NULL, NULL));
  OK(motet_config_function(config, "apply", "any, any", NULL, apply, NULL, NULL));
  OK(motet_config_function(config, "apply_int", "any, any", "int", apply, NULL, NULL));
  OK(motet_config_type(config, "Thing", &thing));
  OK(motet_type_method(config, thing, "put", "int", "int", thing_value, NULL, NULL));
  OK(motet_type_getter(config, thing, "value", "int", thing_value, NULL, NULL));
  OK(motet_type_setter(config, thing, "value", "int", thing_value, NULL, NULL));
  motet_isolate isolate = isolate_of(config);
  module = load(isolate, "func ask(what) {\n"
                         "  try { return probe(what) } except e { return \"caught: \" + e.message }\n"
                         "}\n"
                         "func things() {\n"
                         "  t := make_thing()\n"
                         "  a := t.value\n"
                         "  t.value = a + 1\n"
                         "  return [a, t.put(40) + t.value, t]\n"
                         "}\n"
                         "func waste(n) {\n  mut i := 0\n  while i < n {\n    make_thing()\n    i = i + 1\n  }\n}\n"
                         "func bad() { return make_thing().put(\"x\") }\n"
                         "print(\"hello\")\n");
  EXPECT(written_length, 6);
  EXPECT(memcmp(written, "hello\n", 6), 0);

  EXPECT_TEXT(ask(isolate, "fine"), "fine");
  EXPECT_TEXT(ask(isolate, "raise"), "caught: raised");
  EXPECT_TEXT(ask(isolate, "status"), "caught: probe: the host function failed with status 4711");
  EXPECT_TEXT(ask(isolate, "handed"), "caught: probe: the handle for a reference is null");
  EXPECT_TEXT(ask(isolate, "garbage"), "caught: probe: 12345 is no kind of value");
  EXPECT_TEXT(ask(isolate, "kind"), "caught: probe: the host promised string and returned float");
  EXPECT_TEXT(ask(isolate, "stale"), "caught: probe: the handle of a reference is not valid any more, or not here");
  EXPECT(strncmp(ask(isolate, "denied"), "caught: ", 8), 0);
  EXPECT_TEXT(ask(isolate, "exit"), "the program ended itself: the program ended with status 3");
  EXPECT(motet_error_exit_status(), 3);
  EXPECT_TEXT(ask(isolate, "keep"), "fine");
  size_t length;
  OK(motet_length(isolate, kept.ref, &length));
  EXPECT(length, 1);
  EXPECT(motet_scope_close(isolate), MOTET_STATUS_BAD_ARGUMENT);

  /* Arguments. */
  motet_value value, result;
  const motet_value two[] = {motet_int(3), motet_int(7)};
  motet_module other = load(isolate, "func s0(x) { return scale(x) }\nfunc s1(x, y) { return scale(x, y) }\n"
                                     "func s2() { return scale() }\nfunc n() { return number(1, null, [], \"x\") }\n"
                                     "func s3() { return scale(1, 2, 3) }\nfunc s4() { return scale(\"x\") }\n");
  OK(motet_call(isolate, other, "s0", two, 1, &result));
  EXPECT(result.number == 6.0, 1);
  OK(motet_call(isolate, other, "s1", two, 2, &result));
  EXPECT(result.number == 21.0, 1);
  EXPECT(motet_call(isolate, other, "s2", NULL, 0, &result), MOTET_STATUS_RUNTIME);
  EXPECT_TEXT(motet_error_message(), "scale: argument 1 is missing");
  EXPECT(motet_call(isolate, other, "s3", NULL, 0, &result), MOTET_STATUS_RUNTIME);
  EXPECT_TEXT(motet_error_message(), "scale: expected 2 arguments, got 3");
  EXPECT(motet_call(isolate, other, "s4", NULL, 0, &result), MOTET_STATUS_RUNTIME);
  EXPECT_TEXT(motet_error_message(), "scale, argument 1: expected float, got string");
  OK(motet_call(isolate, other, "n", NULL, 0, &result));
  EXPECT(result.integer, 4);
  EXPECT(*number, 1);

  /* Calls of the program's functions in place of a result. */
  other = load(isolate, "func twice(x) { return x * 2 }\nfunc a(x) { return apply(twice, x) + 1 }\n"
                        "func b(x) { return apply_int(twice, x) }\nfunc c(x) { return apply(x, x) }\n");
  value = motet_int(20);
  OK(motet_call(isolate, other, "a", &value, 1, &result));
  EXPECT(result.integer, 41);
  EXPECT(motet_call(isolate, other, "b", &value, 1, &result), MOTET_STATUS_RUNTIME);
  EXPECT_TEXT(motet_error_message(), "apply_int: the result must be declared as `any` for a tail call");
  EXPECT(motet_call(isolate, other, "c", &value, 1, &result), MOTET_STATUS_RUNTIME);
  EXPECT(motet_tail_call(isolate, result.ref, NULL, 0), MOTET_STATUS_NULL);

  /* Objects: members, identity of types, destructors. */
  OK(motet_call(isolate, module, "things", NULL, 0, &value));
  OK(motet_list_get(isolate, value.ref, 0, &result));
  EXPECT(result.integer, 5);
  OK(motet_list_get(isolate, value.ref, 1, &result));
  EXPECT(result.integer, 80);
  OK(motet_list_get(isolate, value.ref, 2, &result));
  EXPECT(result.kind, MOTET_KIND_OBJECT);
  void *data;
  OK(motet_object_data(isolate, result.ref, thing, &data));
  EXPECT(*(int *)data, 40);
  EXPECT(motet_object_data(isolate, value.ref, thing, &(void *){NULL}), MOTET_STATUS_WRONG_KIND);
  EXPECT(motet_call(isolate, module, "bad", NULL, 0, NULL), MOTET_STATUS_RUNTIME);
  EXPECT_TEXT(motet_error_message(), "put, argument 1: expected integer, got string");
  value = motet_int(20000);
  OK(motet_call(isolate, module, "waste", &value, 1, NULL));
  int so_far = destroyed;
  EXPECT(so_far > 10000, 1);
  EXPECT(*(int *)data, 40);

  /* Fuel that a callback charges is the program's. */
  EXPECT(motet_call(isolate, module, "ask", &(motet_value){.kind = MOTET_KIND_STRING, .text = "charge", .length = 6}, 1, NULL),
         MOTET_STATUS_LIMIT);
  OK(motet_isolate_free(isolate));
  /* All things, the replaced data, and that of `number` and `count`. */
  EXPECT(destroyed, 20000 + 2 + 1 + 2);
  puts("callbacks: ok");
  return 0;
}
