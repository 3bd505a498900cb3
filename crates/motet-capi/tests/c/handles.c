/* Null, stale, garbage and wrong-type handles, and null pointers, are errors everywhere and change nothing. */
#include "check.h"

static int32_t nothing(motet_isolate isolate, const motet_value *args, size_t count, motet_value *result, void *user) {
  (void)isolate, (void)args, (void)count, (void)result, (void)user;
  return MOTET_STATUS_OK;
}

static void reloaded(motet_isolate isolate, motet_module module, int32_t status, const motet_reload_report *report,
                     void *user) {
  (void)isolate, (void)module, (void)status, (void)report, (void)user;
}

static int destroyed;

static void destroy(void *data) {
  (void)data;
  destroyed++;
}

static motet_engine good_engine;
static motet_config good_config;
static motet_type good_type;
static motet_isolate good_isolate;
static motet_program good_program;
static motet_module good_module;
static motet_value good_list;

enum place { ENGINE, CONFIG, TYPE, ISOLATE, PROGRAM, MODULE, REF, PLACES };

/* Calls everything that takes a handle at the place, with `id` there, and expects `status`. */
static void poke(enum place place, uint64_t id, motet_status status) {
  motet_engine engine = place == ENGINE ? (motet_engine){id} : good_engine;
  motet_config config = place == CONFIG ? (motet_config){id} : good_config;
  motet_type type = place == TYPE ? (motet_type){id} : good_type;
  motet_isolate isolate = place == ISOLATE ? (motet_isolate){id} : good_isolate;
  motet_program program = place == PROGRAM ? (motet_program){id} : good_program;
  motet_module module = place == MODULE ? (motet_module){id} : good_module;
  motet_ref ref = place == REF ? (motet_ref){id} : good_list.ref;
  motet_value value, argument = motet_int(1);
  motet_isolate new_isolate;
  motet_program new_program;
  motet_module new_module;
  motet_type new_type;
  motet_ref new_ref;
  motet_module_info info;
  motet_reload_report report;
  const char *text;
  size_t length;
  uint64_t number;
  void *data;
  switch (place) {
  case ENGINE:
    EXPECT(motet_isolate_new(engine, config, &new_isolate), status);
    EXPECT(new_isolate.id, 0);
    EXPECT(motet_engine_language(engine, 0, &text), status);
    EXPECT(text == NULL, 1);
    EXPECT(motet_engine_free(engine), status);
    break;
  case CONFIG:
    EXPECT(motet_isolate_new(engine, config, &new_isolate), status);
    EXPECT(motet_config_free(config), status);
    EXPECT(motet_config_tier(config, MOTET_TIER_VM), status);
    EXPECT(motet_config_fuel(config, 1), status);
    EXPECT(motet_config_heap(config, 1), status);
    EXPECT(motet_config_depth(config, 1), status);
    EXPECT(motet_config_allow(config, MOTET_CAPABILITY_CLOCK), status);
    EXPECT(motet_config_console(config, NULL, 0), status);
    destroyed = 0;
    EXPECT(motet_config_output(config, NULL, NULL, NULL, destroy), status);
    EXPECT(motet_config_on_reload(config, reloaded, NULL, destroy), status);
    EXPECT(motet_config_function(config, "f", "", "any", nothing, NULL, destroy), status);
    EXPECT(motet_config_type(config, "T", &new_type), status);
    EXPECT(new_type.id, 0);
    EXPECT(motet_type_method(config, type, "m", "", "any", nothing, NULL, destroy), status);
    EXPECT(motet_type_getter(config, type, "m", "any", nothing, NULL, destroy), status);
    EXPECT(motet_type_setter(config, type, "m", "any", nothing, NULL, destroy), status);
    EXPECT(destroyed, 6);
    break;
  case TYPE:
    destroyed = 0;
    EXPECT(motet_type_method(config, type, "m", "", "any", nothing, NULL, destroy), status);
    EXPECT(motet_type_getter(config, type, "m", "any", nothing, NULL, destroy), status);
    EXPECT(motet_type_setter(config, type, "m", "any", nothing, NULL, destroy), status);
    EXPECT(motet_object_new(isolate, type, NULL, 0, destroy, &value), status);
    EXPECT(destroyed, 4);
    EXPECT(motet_object_data(isolate, ref, type, &data), status);
    EXPECT(data == NULL, 1);
    break;
  case ISOLATE:
    EXPECT(motet_isolate_free(isolate), status);
    EXPECT(motet_compile(isolate, "ruff", "a.ruff", "1", 1, &new_program), status);
    EXPECT(new_program.id, 0);
    EXPECT(motet_compile_file(isolate, "no such file.ruff", &new_program), status);
    EXPECT(motet_load(isolate, program, &new_module), status);
    EXPECT(motet_run(isolate, module, NULL), status);
    EXPECT(motet_call(isolate, module, "f", &argument, 1, &value), status);
    EXPECT(motet_call_ref(isolate, ref, &argument, 1, &value), status);
    EXPECT(motet_function_ref(isolate, module, "f", &new_ref), status);
    EXPECT(motet_global_get(isolate, module, "g", &value), status);
    EXPECT(motet_global_set(isolate, module, "g", &argument), status);
    EXPECT(motet_register(isolate, "name", program, &new_module), status);
    EXPECT(motet_reload(isolate, module, program, &report), status);
    EXPECT(motet_execute(isolate, module, NULL, &value), status);
    EXPECT(motet_module_find(isolate, "name", &new_module), status);
    EXPECT(motet_module_count(isolate, &length), status);
    EXPECT(motet_module_at(isolate, 0, &info), status);
    EXPECT_TEXT(info.name, "");
    EXPECT(motet_unload(isolate, module), status);
    EXPECT(motet_serve_requests(isolate), status);
    EXPECT(motet_request_reload(isolate, module, "x", 1, MOTET_AFTER_CONTINUE), status);
    EXPECT(motet_interrupt(isolate), status);
    EXPECT(motet_tail_call(isolate, ref, &argument, 1), status);
    EXPECT(motet_refuel(isolate, 1), status);
    EXPECT(motet_set_time_left(isolate, 1), status);
    EXPECT(motet_fuel_used(isolate, &number), status);
    EXPECT(motet_heap_bytes(isolate, &number), status);
    EXPECT(motet_ref_keep(isolate, ref), status);
    EXPECT(motet_ref_release(isolate, ref), status);
    EXPECT(motet_ref_copy(isolate, ref, &value), status);
    EXPECT(motet_scope_open(isolate), status);
    EXPECT(motet_scope_close(isolate), status);
    EXPECT(motet_list_new(isolate, &argument, 1, &value), status);
    EXPECT(motet_map_new(isolate, &argument, &argument, 1, &value), status);
    EXPECT(motet_length(isolate, ref, &length), status);
    EXPECT(motet_list_get(isolate, ref, 0, &value), status);
    EXPECT(motet_map_get(isolate, ref, &argument, &value), status);
    EXPECT(motet_map_keys(isolate, ref, &value), status);
    EXPECT(motet_record_get(isolate, ref, "f", &value), status);
    EXPECT(motet_string_new(isolate, "x", 1, &value), status);
    EXPECT(motet_charge(isolate, 1), status);
    EXPECT(motet_require(isolate, MOTET_CAPABILITY_CLOCK, "op"), status);
    destroyed = 0;
    EXPECT(motet_object_new(isolate, type, NULL, 0, destroy, &value), status);
    EXPECT(destroyed, 1);
    EXPECT(motet_object_data(isolate, ref, type, &data), status);
    break;
  case PROGRAM:
    EXPECT(motet_load(isolate, program, &new_module), status);
    EXPECT(new_module.id, 0);
    EXPECT(motet_register(isolate, "name", program, &new_module), status);
    EXPECT(motet_reload(isolate, module, program, &report), status);
    EXPECT(report.version, 0);
    EXPECT(motet_program_to_pbc(program, 1, &text, &length), status);
    EXPECT(length, 0);
    EXPECT(motet_program_language(program, &text), status);
    EXPECT(motet_program_free(program), status);
    break;
  case MODULE:
    EXPECT(motet_run(isolate, module, &value), status);
    EXPECT(value.kind, MOTET_KIND_NIL);
    /* A null module is allowed here. */
    if (id) EXPECT(motet_call(isolate, module, "f", &argument, 1, &value), status);
    EXPECT(motet_function_ref(isolate, module, "f", &new_ref), status);
    EXPECT(new_ref.id, 0);
    EXPECT(motet_global_get(isolate, module, "g", &value), status);
    EXPECT(motet_global_set(isolate, module, "g", &argument), status);
    EXPECT(motet_reload(isolate, module, program, &report), status);
    EXPECT(motet_execute(isolate, module, "f", &value), status);
    EXPECT(motet_unload(isolate, module), status);
    EXPECT(motet_request_reload(isolate, module, "x", 1, MOTET_AFTER_CONTINUE), status);
    break;
  case REF:
    EXPECT(motet_call_ref(isolate, ref, &argument, 1, &value), status);
    EXPECT(motet_tail_call(isolate, ref, &argument, 1), status);
    EXPECT(motet_ref_keep(isolate, ref), status);
    EXPECT(motet_ref_release(isolate, ref), status);
    EXPECT(motet_ref_copy(isolate, ref, &value), status);
    EXPECT(motet_length(isolate, ref, &length), status);
    EXPECT(motet_list_get(isolate, ref, 0, &value), status);
    EXPECT(motet_map_get(isolate, ref, &argument, &value), status);
    EXPECT(motet_map_keys(isolate, ref, &value), status);
    EXPECT(motet_record_get(isolate, ref, "f", &value), status);
    EXPECT(motet_object_data(isolate, ref, type, &data), status);
    value = good_list;
    value.ref = ref;
    if (id) {
      EXPECT(motet_call(isolate, module, "f", &value, 1, NULL), status);
      EXPECT(motet_global_set(isolate, module, "g", &value), status);
      EXPECT(motet_list_new(isolate, &value, 1, &value), status);
    }
    break;
  case PLACES:
    break;
  }
}

int main(void) {
  motet_config no_config;
  motet_value value, list;
  motet_program program;
  motet_module module;
  motet_ref ref;
  OK(motet_engine_new(&good_engine));
  OK(motet_config_new(&good_config));
  OK(motet_config_type(good_config, "Thing", &good_type));
  OK(motet_isolate_new(good_engine, good_config, &good_isolate));
  const char *text = "mut g := 1\nfunc f(x) { return x }";
  OK(motet_compile(good_isolate, "ruff", "a.ruff", text, MOTET_NUL_TERMINATED, &good_program));
  OK(motet_load(good_isolate, good_program, &good_module));
  OK(motet_run(good_isolate, good_module, NULL));
  OK(motet_list_new(good_isolate, NULL, 0, &good_list));

  uint64_t good[PLACES] = {good_engine.id,  good_config.id, good_type.id,    good_isolate.id,
                           good_program.id, good_module.id, good_list.ref.id};
  for (int place = 0; place < PLACES; place++) {
    poke(place, 0, MOTET_STATUS_NULL);
    /* Small numbers, all bits, a pointer, a number of the right kind that was never handed out. */
    poke(place, 1, MOTET_STATUS_STALE);
    poke(place, UINT64_MAX, MOTET_STATUS_STALE);
    poke(place, (uint64_t)(uintptr_t)&place, MOTET_STATUS_STALE);
    poke(place, good[place] + (UINT64_C(1) << 50), MOTET_STATUS_STALE);
    for (int other = 0; other < PLACES; other++)
      if (other != place) poke(place, good[other], MOTET_STATUS_WRONG_TYPE);
  }

  /* What was freed stays freed, also when more is made afterwards. */
  motet_engine engine;
  motet_config config;
  motet_isolate isolate;
  OK(motet_engine_new(&engine));
  OK(motet_config_new(&config));
  OK(motet_isolate_new(engine, config, &isolate));
  OK(motet_compile(isolate, "ruff", "a.ruff", text, MOTET_NUL_TERMINATED, &program));
  OK(motet_load(isolate, program, &module));
  OK(motet_list_new(good_isolate, NULL, 0, &list));
  OK(motet_engine_free(engine));
  OK(motet_config_free(config));
  OK(motet_isolate_free(isolate));
  OK(motet_program_free(program));
  OK(motet_ref_release(good_isolate, list.ref));
  OK(motet_engine_new(&(motet_engine){0}));
  OK(motet_config_new(&no_config));
  OK(motet_list_new(good_isolate, NULL, 0, &value));
  poke(ENGINE, engine.id, MOTET_STATUS_STALE);
  poke(CONFIG, config.id, MOTET_STATUS_STALE);
  poke(ISOLATE, isolate.id, MOTET_STATUS_STALE);
  poke(PROGRAM, program.id, MOTET_STATUS_STALE);
  poke(MODULE, module.id, MOTET_STATUS_STALE);
  poke(REF, list.ref.id, MOTET_STATUS_STALE);
  EXPECT(motet_engine_free(engine), MOTET_STATUS_STALE);

  /* A type of another config, a module and a reference of another isolate. */
  motet_type other_type;
  motet_isolate other;
  OK(motet_config_type(no_config, "Other", &other_type));
  OK(motet_isolate_new(good_engine, no_config, &other));
  poke(TYPE, other_type.id, MOTET_STATUS_STALE);
  EXPECT(motet_run(other, good_module, NULL), MOTET_STATUS_STALE);
  EXPECT(motet_length(other, good_list.ref, &(size_t){0}), MOTET_STATUS_STALE);
  EXPECT(motet_call(good_isolate, good_module, "f", &good_list, 1, &value), MOTET_STATUS_OK);
  OK(motet_isolate_free(other));

  /* Null pointers. */
  EXPECT(motet_engine_new(NULL), MOTET_STATUS_NULL);
  EXPECT(motet_config_new(NULL), MOTET_STATUS_NULL);
  EXPECT(motet_isolate_new(good_engine, good_config, NULL), MOTET_STATUS_NULL);
  EXPECT(motet_engine_language(good_engine, 0, NULL), MOTET_STATUS_NULL);
  EXPECT(motet_compile(good_isolate, NULL, "a", "1", 1, &program), MOTET_STATUS_NULL);
  EXPECT(motet_compile(good_isolate, "ruff", NULL, "1", 1, &program), MOTET_STATUS_NULL);
  EXPECT(motet_compile(good_isolate, "ruff", "a", NULL, 1, &program), MOTET_STATUS_NULL);
  EXPECT(motet_compile(good_isolate, "ruff", "a", "1", 1, NULL), MOTET_STATUS_NULL);
  EXPECT(motet_compile_file(good_isolate, NULL, &program), MOTET_STATUS_NULL);
  EXPECT(motet_program_from_pbc(NULL, 1, 0, &program), MOTET_STATUS_NULL);
  EXPECT(motet_program_to_pbc(good_program, 0, NULL, NULL), MOTET_STATUS_NULL);
  EXPECT(motet_program_language(good_program, NULL), MOTET_STATUS_NULL);
  EXPECT(motet_load(good_isolate, good_program, NULL), MOTET_STATUS_NULL);
  EXPECT(motet_call(good_isolate, good_module, NULL, NULL, 0, NULL), MOTET_STATUS_NULL);
  EXPECT(motet_call(good_isolate, good_module, "f", NULL, 1, NULL), MOTET_STATUS_NULL);
  EXPECT(motet_function_ref(good_isolate, good_module, NULL, &ref), MOTET_STATUS_NULL);
  EXPECT(motet_function_ref(good_isolate, good_module, "f", NULL), MOTET_STATUS_NULL);
  EXPECT(motet_global_get(good_isolate, good_module, NULL, &value), MOTET_STATUS_NULL);
  EXPECT(motet_global_set(good_isolate, good_module, "g", NULL), MOTET_STATUS_NULL);
  EXPECT(motet_fuel_used(good_isolate, NULL), MOTET_STATUS_NULL);
  EXPECT(motet_register(good_isolate, NULL, good_program, &module), MOTET_STATUS_NULL);
  EXPECT(motet_register(good_isolate, "name", good_program, NULL), MOTET_STATUS_NULL);
  EXPECT(motet_module_find(good_isolate, NULL, &module), MOTET_STATUS_NULL);
  EXPECT(motet_module_at(good_isolate, 0, NULL), MOTET_STATUS_NULL);
  EXPECT(motet_request_reload(good_isolate, good_module, NULL, 1, MOTET_AFTER_CONTINUE), MOTET_STATUS_NULL);
  EXPECT(motet_request_reload(good_isolate, good_module, "x", 1, 9), MOTET_STATUS_BAD_ARGUMENT);
  EXPECT(motet_config_on_reload(good_config, NULL, NULL, NULL), MOTET_STATUS_NULL);
  EXPECT(motet_list_new(good_isolate, NULL, 1, &value), MOTET_STATUS_NULL);
  EXPECT(motet_map_new(good_isolate, NULL, NULL, 1, &value), MOTET_STATUS_NULL);
  EXPECT(motet_map_get(good_isolate, good_list.ref, NULL, &value), MOTET_STATUS_WRONG_KIND);
  EXPECT(motet_string_new(good_isolate, NULL, 1, &value), MOTET_STATUS_NULL);
  EXPECT(motet_tail_call(good_isolate, good_list.ref, NULL, 0), MOTET_STATUS_BAD_ARGUMENT);
  EXPECT(motet_config_function(good_config, NULL, "", "any", nothing, NULL, NULL), MOTET_STATUS_NULL);
  EXPECT(motet_config_function(good_config, "f", "", "any", NULL, NULL, NULL), MOTET_STATUS_NULL);
  EXPECT(motet_config_type(good_config, NULL, NULL), MOTET_STATUS_NULL);
  EXPECT(motet_raise(NULL, 1), MOTET_STATUS_NULL);
  EXPECT(motet_error_frame(0, NULL), MOTET_STATUS_NULL);
  EXPECT(motet_error_diagnostic(0, NULL), MOTET_STATUS_NULL);
  /* A null result where results do not matter, an empty text without bytes. */
  OK(motet_call(good_isolate, good_module, "f", &good_list, 1, NULL));
  OK(motet_string_new(good_isolate, NULL, 0, &value));
  EXPECT(value.length, 0);
  EXPECT_TEXT(value.text, "");

  /* Arguments out of range. */
  EXPECT(motet_config_tier(good_config, 7), MOTET_STATUS_BAD_ARGUMENT);
  EXPECT(motet_config_allow(good_config, -1), MOTET_STATUS_BAD_ARGUMENT);
  EXPECT(motet_config_allow(good_config, 13), MOTET_STATUS_BAD_ARGUMENT);
  EXPECT(motet_config_function(good_config, "a b", "", "any", nothing, NULL, NULL), MOTET_STATUS_BAD_ARGUMENT);
  EXPECT(motet_config_function(good_config, "f", "number", "any", nothing, NULL, NULL), MOTET_STATUS_BAD_ARGUMENT);
  EXPECT(motet_config_function(good_config, "f", "", "int,int", nothing, NULL, NULL), MOTET_STATUS_BAD_ARGUMENT);
  EXPECT(motet_config_type(good_config, "Thing", &other_type), MOTET_STATUS_TAKEN);
  EXPECT(motet_scope_close(good_isolate), MOTET_STATUS_BAD_ARGUMENT);
  value.kind = 99;
  EXPECT(motet_call(good_isolate, good_module, "f", &value, 1, NULL), MOTET_STATUS_BAD_ARGUMENT);
  value = good_list;
  value.kind = MOTET_KIND_MAP;
  EXPECT(motet_call(good_isolate, good_module, "f", &value, 1, NULL), MOTET_STATUS_WRONG_KIND);

  /* All that was good still is. */
  value = motet_int(7);
  OK(motet_call(good_isolate, good_module, "f", &value, 1, &value));
  EXPECT(value.integer, 7);
  OK(motet_isolate_free(good_isolate));
  OK(motet_program_free(good_program));
  OK(motet_config_free(no_config));
  OK(motet_config_free(good_config));
  OK(motet_engine_free(good_engine));
  EXPECT(motet_isolate_free(good_isolate), MOTET_STATUS_STALE);
  puts("handles: ok");
  return 0;
}
