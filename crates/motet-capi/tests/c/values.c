/* Values of all kinds go both ways; texts of any length; errors have places. */
#include "check.h"

int main(void) {
  motet_config config;
  OK(motet_config_new(&config));
  OK(motet_config_heap(config, 64 << 20));
  motet_isolate isolate = isolate_of(config);
  motet_module module = load(isolate,
                             "mut total := 0\n"
                             "func same(x) { return x }\n"
                             "func make() { return [1, 2.5, \"three\", null, true, [4], {\"k\": \"v\", \"w\": 5}] }\n"
                             "func fail_at(n) {\n  if n == 0 { return 1 / 0 }\n  return fail_at(n - 1)\n}\n"
                             "func adder(n) { return func(x) { return x + n } }\n");
  motet_value value, list, map, result;

  /* Scalars. */
  const int64_t integers[] = {0, 1, -1, INT64_MAX, INT64_MIN};
  for (size_t i = 0; i < sizeof integers / sizeof *integers; i++) {
    value = motet_int(integers[i]);
    OK(motet_call(isolate, module, "same", &value, 1, &result));
    EXPECT(result.kind, MOTET_KIND_INT);
    EXPECT(result.integer, integers[i]);
    EXPECT(result.ref.id, 0);
  }
  value = motet_float(-0.125);
  OK(motet_call(isolate, module, "same", &value, 1, &result));
  EXPECT(result.kind == MOTET_KIND_FLOAT && result.number == -0.125, 1);
  value = motet_bool(17);
  OK(motet_call(isolate, module, "same", &value, 1, &result));
  EXPECT(result.kind == MOTET_KIND_BOOL && result.integer == 1, 1);
  value = motet_nil();
  OK(motet_call(isolate, module, "same", &value, 1, &result));
  EXPECT(result.kind, MOTET_KIND_NIL);

  /* Texts: NUL bytes inside, not UTF-8, huge, longer than anything. */
  value = motet_string("a\0b", 3);
  OK(motet_call(isolate, module, "same", &value, 1, &result));
  EXPECT(result.length, 3);
  EXPECT(memcmp(result.text, "a\0b", 4), 0);
  OK(motet_call(isolate, module, "same", &result, 1, &value));
  EXPECT(value.ref.id != result.ref.id, 1);
  EXPECT(value.length, 3);
  value = motet_string("\xff", 1);
  EXPECT(motet_call(isolate, module, "same", &value, 1, &result), MOTET_STATUS_NOT_UTF8);
  value = motet_string("x", SIZE_MAX - 1);
  EXPECT(motet_call(isolate, module, "same", &value, 1, &result), MOTET_STATUS_BAD_ARGUMENT);
  EXPECT(motet_list_new(isolate, &value, SIZE_MAX / 2, &list), MOTET_STATUS_BAD_ARGUMENT);
  size_t size = 20 << 20;
  char *huge = malloc(size * 8);
  memset(huge, 'x', size * 8);
  value = motet_string(huge, size);
  OK(motet_call(isolate, module, "same", &value, 1, &result));
  EXPECT(result.length, size);
  EXPECT(memcmp(result.text, huge, size), 0);
  EXPECT(result.text[size], 0);
  OK(motet_ref_release(isolate, result.ref));
  value = motet_string(huge, size * 8);
  EXPECT(motet_call(isolate, module, "same", &value, 1, &result), MOTET_STATUS_RUNTIME);
  EXPECT(motet_error_kind(), MOTET_ERROR_SORT_OUT_OF_MEMORY);
  free(huge);

  /* Lists and maps. */
  OK(motet_scope_open(isolate));
  OK(motet_call(isolate, module, "make", NULL, 0, &list));
  EXPECT(list.kind, MOTET_KIND_LIST);
  size_t length;
  OK(motet_length(isolate, list.ref, &length));
  const int kinds[] = {MOTET_KIND_INT,  MOTET_KIND_FLOAT, MOTET_KIND_STRING, MOTET_KIND_NIL,
                       MOTET_KIND_BOOL, MOTET_KIND_LIST,  MOTET_KIND_MAP};
  EXPECT(length, sizeof kinds / sizeof *kinds);
  for (size_t i = 0; i < length; i++) {
    OK(motet_list_get(isolate, list.ref, i, &value));
    EXPECT(value.kind, kinds[i]);
  }
  EXPECT(motet_list_get(isolate, list.ref, length, &value), MOTET_STATUS_NOT_FOUND);
  EXPECT(motet_list_get(isolate, list.ref, SIZE_MAX, &value), MOTET_STATUS_NOT_FOUND);
  OK(motet_list_get(isolate, list.ref, 6, &map));
  motet_value key = motet_string("k", 1);
  OK(motet_map_get(isolate, map.ref, &key, &value));
  EXPECT_TEXT(value.text, "v");
  key = motet_string("nope", 4);
  EXPECT(motet_map_get(isolate, map.ref, &key, &value), MOTET_STATUS_NOT_FOUND);
  OK(motet_map_keys(isolate, map.ref, &value));
  OK(motet_list_get(isolate, value.ref, 1, &value));
  EXPECT_TEXT(value.text, "w");
  EXPECT(motet_list_get(isolate, map.ref, 0, &value), MOTET_STATUS_WRONG_KIND);
  EXPECT(motet_map_get(isolate, list.ref, &key, &value), MOTET_STATUS_WRONG_KIND);
  EXPECT(motet_record_get(isolate, list.ref, "x", &value), MOTET_STATUS_WRONG_KIND);
  /* A scope takes with it what was made in it, but not what is kept. */
  OK(motet_ref_keep(isolate, list.ref));
  OK(motet_scope_close(isolate));
  EXPECT(motet_length(isolate, map.ref, &length), MOTET_STATUS_STALE);
  OK(motet_length(isolate, list.ref, &length));
  const motet_value keys[] = {motet_string("a", 1), motet_string("b", 1)};
  const motet_value values[] = {motet_int(1), list};
  OK(motet_map_new(isolate, keys, values, 2, &map));
  OK(motet_call(isolate, module, "same", &map, 1, &result));
  OK(motet_map_get(isolate, result.ref, &keys[1], &value));
  OK(motet_length(isolate, value.ref, &length));
  EXPECT(length, 7);
  /* A million references, released one by one: the heap stays as it is. */
  uint64_t before, after;
  OK(motet_heap_bytes(isolate, &before));
  for (int i = 0; i < 100000; i++) {
    OK(motet_list_get(isolate, list.ref, 2, &value));
    OK(motet_ref_release(isolate, value.ref));
  }
  OK(motet_heap_bytes(isolate, &after));
  EXPECT(after < before + (1 << 20), 1);

  /* Functions as values. */
  value = motet_int(40);
  OK(motet_call(isolate, module, "adder", &value, 1, &result));
  EXPECT(result.kind, MOTET_KIND_FUNCTION);
  motet_ref add_forty = result.ref;
  value = motet_int(2);
  OK(motet_call_ref(isolate, add_forty, &value, 1, &result));
  EXPECT(result.integer, 42);
  EXPECT(motet_call_ref(isolate, list.ref, NULL, 0, &result), MOTET_STATUS_RUNTIME);
  motet_ref same;
  OK(motet_function_ref(isolate, module, "same", &same));
  OK(motet_call_ref(isolate, same, &value, 1, &result));
  EXPECT(motet_function_ref(isolate, module, "nope", &same), MOTET_STATUS_NOT_FOUND);
  EXPECT(motet_call(isolate, module, "nope", NULL, 0, NULL), MOTET_STATUS_NOT_FOUND);

  /* Globals. */
  OK(motet_global_set(isolate, module, "total", &list));
  OK(motet_global_get(isolate, module, "total", &value));
  EXPECT(value.kind, MOTET_KIND_LIST);
  EXPECT(motet_global_get(isolate, module, "nope", &value), MOTET_STATUS_NOT_FOUND);
  EXPECT(motet_global_set(isolate, module, "nope", &list), MOTET_STATUS_NOT_FOUND);

  /* Errors have a trace and a report. */
  value = motet_int(2);
  EXPECT(motet_call(isolate, module, "fail_at", &value, 1, &result), MOTET_STATUS_RUNTIME);
  EXPECT(motet_error_status(), MOTET_STATUS_RUNTIME);
  EXPECT_TEXT(motet_error_message(), "Division by zero");
  EXPECT(motet_error_kind(), MOTET_ERROR_SORT_LANGUAGE);
  EXPECT(motet_error_frame_count(), 3);
  motet_frame frame;
  OK(motet_error_frame(0, &frame));
  EXPECT_TEXT(frame.function, "fail_at");
  EXPECT_TEXT(frame.file, "test.ruff");
  EXPECT(frame.line, 5);
  EXPECT(motet_error_frame(3, &frame), MOTET_STATUS_NOT_FOUND);
  EXPECT(strstr(motet_error_report(), "return 1 / 0") != NULL, 1);
  EXPECT_TEXT(motet_error_message(), "Division by zero");
  OK(motet_error_clear());
  EXPECT(motet_error_status(), MOTET_STATUS_OK);
  EXPECT_TEXT(motet_error_message(), "");

  /* So do errors in source text. */
  motet_program program;
  EXPECT(motet_compile(isolate, "ruff", "bad.ruff", "x := 1\ny := := 2\n", MOTET_NUL_TERMINATED, &program),
         MOTET_STATUS_COMPILE);
  EXPECT(motet_error_diagnostic_count() >= 1, 1);
  motet_diagnostic diagnostic;
  OK(motet_error_diagnostic(0, &diagnostic));
  EXPECT(diagnostic.line, 2);
  EXPECT(diagnostic.is_error, 1);
  EXPECT_TEXT(diagnostic.file, "bad.ruff");
  EXPECT(diagnostic.code[0], 'E');
  EXPECT(motet_compile(isolate, "klingon", "a", "1", 1, &program), MOTET_STATUS_NOT_FOUND);
  EXPECT(motet_compile_file(isolate, "there/is/no/such.ruff", &program), MOTET_STATUS_IO);
  EXPECT(motet_program_from_pbc("PBC?", 4, 1, &program), MOTET_STATUS_BAD_PROGRAM);

  /* Bytes and back. */
  OK(motet_compile(isolate, "ruff", "a.ruff", "func two() { return 2 }", MOTET_NUL_TERMINATED, &program));
  const char *bytes, *language;
  OK(motet_program_to_pbc(program, 1, &bytes, &length));
  motet_program copy;
  OK(motet_program_from_pbc(bytes, length, 1, &copy));
  OK(motet_program_language(copy, &language));
  EXPECT_TEXT(language, "ruff");
  for (size_t cut = 0; cut < length; cut++) {
    motet_program part;
    EXPECT(motet_program_from_pbc(bytes, cut, 1, &part), MOTET_STATUS_BAD_PROGRAM);
  }
  const char *signer = "ed25519:3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c";
  motet_program none;
  EXPECT(motet_program_from_signed_pbc(bytes, length, 1, signer, &none), MOTET_STATUS_UNSIGNED);
  EXPECT_TEXT(motet_error_message(), "the file is not signed");
  EXPECT(motet_program_from_signed_pbc(bytes, length - 1, 1, signer, &none), MOTET_STATUS_BAD_PROGRAM);
  EXPECT(motet_program_from_signed_pbc(bytes, length, 1, "ed25519:12", &none), MOTET_STATUS_BAD_ARGUMENT);
  EXPECT(motet_program_from_signed_pbc(bytes, length, 1, "", &none), MOTET_STATUS_BAD_ARGUMENT);
  EXPECT(motet_program_from_signed_pbc(bytes, length, 1, NULL, &none), MOTET_STATUS_NULL);
  OK(motet_program_free(program));
  motet_module two;
  OK(motet_load(isolate, copy, &two));
  OK(motet_program_free(copy));
  OK(motet_run(isolate, two, NULL));
  OK(motet_call(isolate, (motet_module){0}, "two", NULL, 0, &result));
  EXPECT(result.integer, 2);

  OK(motet_isolate_free(isolate));
  puts("values: ok");
  return 0;
}
