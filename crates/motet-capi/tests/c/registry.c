/* The registry and hot reload: versions, what is kept, what fails without harm; and the calls of Rae's plan. */
#include "check.h"
#include <motet_rae.h>

static motet_program compile(motet_isolate isolate, const char *text) {
  motet_program program;
  if (motet_compile(isolate, "ruff", "counter.ruff", text, MOTET_NUL_TERMINATED, &program)) {
    fprintf(stderr, "%s", motet_error_report());
    exit(1);
  }
  return program;
}

static int32_t add(motet_isolate isolate, const motet_value *args, size_t count, motet_value *result, void *user) {
  (void)isolate, (void)count;
  *(int64_t *)user += args[0].integer;
  *result = motet_int(*(int64_t *)user);
  return MOTET_STATUS_OK;
}

static void save(const char *path, const char *text) {
  FILE *file = fopen(path, "wb");
  EXPECT(file != NULL, 1);
  fputs(text, file);
  EXPECT(fclose(file), 0);
}

static void registry(void) {
  motet_config config;
  OK(motet_config_new(&config));
  motet_isolate isolate = isolate_of(config);
  motet_module counter, found;
  motet_value value;
  motet_ref step;
  motet_reload_report report;
  size_t count;
  motet_program first = compile(isolate, "mut total := 0\nfunc step() {\n  total = total + 1\n  return total\n}\n");
  OK(motet_register(isolate, "counter", first, &counter));
  EXPECT(motet_register(isolate, "counter", first, &found), MOTET_STATUS_TAKEN);
  EXPECT(found.id, 0);
  OK(motet_module_find(isolate, "counter", &found));
  EXPECT(found.id == counter.id, 1);
  EXPECT(motet_module_find(isolate, "nope", &found), MOTET_STATUS_NOT_FOUND);
  OK(motet_execute(isolate, counter, NULL, NULL));
  OK(motet_execute(isolate, counter, "step", &value));
  EXPECT(value.integer, 1);
  EXPECT(motet_execute(isolate, counter, "nope", &value), MOTET_STATUS_NOT_FOUND);
  OK(motet_function_ref(isolate, counter, "step", &step));

  /* The same text, another one, one with more. */
  OK(motet_reload(isolate, counter, first, &report));
  EXPECT(report.version, 2);
  EXPECT(report.changed, 0);
  EXPECT(report.globals_kept, 1);
  motet_program second = compile(isolate, "mut total := 0\nmut by := 10\nfunc step() {\n  total = total + by\n"
                                          "  return total\n}\nfunc more() { return by }\n");
  OK(motet_reload(isolate, counter, second, &report));
  EXPECT(report.version, 3);
  EXPECT(report.changed, 1);
  EXPECT(report.added, 1);
  EXPECT(report.globals_new, 1);
  EXPECT(strstr(report.names, "changed: step\n") != NULL, 1);
  EXPECT(strstr(report.names, "added: more\n") != NULL, 1);
  OK(motet_call_ref(isolate, step, NULL, 0, &value));
  EXPECT(value.integer, 11);

  /* What does not compile cannot be reloaded, and nothing happened. */
  motet_program broken;
  EXPECT(motet_compile(isolate, "ruff", "counter.ruff", "func step( {", MOTET_NUL_TERMINATED, &broken), MOTET_STATUS_COMPILE);
  EXPECT(motet_reload(isolate, counter, broken, NULL), MOTET_STATUS_NULL);
  OK(motet_execute(isolate, counter, "step", &value));
  EXPECT(value.integer, 21);

  motet_module_info info;
  OK(motet_module_count(isolate, &count));
  EXPECT(count, 1);
  OK(motet_module_at(isolate, 0, &info));
  EXPECT_TEXT(info.name, "counter");
  EXPECT_TEXT(info.language, "ruff");
  EXPECT(info.version, 3);
  EXPECT(info.module.id == counter.id, 1);
  EXPECT(motet_module_at(isolate, 1, &info), MOTET_STATUS_NOT_FOUND);

  /* Many reloads take no more memory. */
  uint64_t before, after;
  OK(motet_heap_bytes(isolate, &before));
  for (int i = 0; i < 300; i++) OK(motet_reload(isolate, counter, i % 2 ? second : first, NULL));
  OK(motet_heap_bytes(isolate, &after));
  EXPECT(after < before + (64 << 10), 1);

  OK(motet_unload(isolate, counter));
  EXPECT(motet_unload(isolate, counter), MOTET_STATUS_STALE);
  EXPECT(motet_execute(isolate, counter, "step", &value), MOTET_STATUS_STALE);
  EXPECT(motet_reload(isolate, counter, first, NULL), MOTET_STATUS_STALE);
  EXPECT(motet_module_find(isolate, "counter", &found), MOTET_STATUS_NOT_FOUND);
  OK(motet_module_count(isolate, &count));
  EXPECT(count, 0);
  OK(motet_register(isolate, "counter", second, &counter));
  OK(motet_program_free(first));
  OK(motet_program_free(second));
  OK(motet_isolate_free(isolate));
}

static void rae_calls(const char *folder) {
  char path[4096];
  motet_program chunk, other;
  int64_t sum = 0;
  snprintf(path, sizeof path, "%s/module.ruff", folder);
  save(path, "mut times := 0\ntimes = times + 1\nhost_add(times)\nfunc entry() { host_add(100) }\nfunc fail() { return 1 / 0 }\n");
  OK(rae_vm_registry_register_native("host_add", "int", "int", add, &sum, NULL));
  OK(rae_vm_compile(path, &chunk));
  EXPECT(rae_vm_registry_register_native("late", "int", "int", add, &sum, NULL), MOTET_STATUS_BUSY);
  EXPECT(rae_vm_execute("module", "main"), MOTET_STATUS_NOT_FOUND);
  EXPECT(rae_vm_registry_find("module"), MOTET_STATUS_NOT_FOUND);
  EXPECT(rae_vm_registry_replace("module", chunk), MOTET_STATUS_NOT_FOUND);
  OK(rae_vm_registry_load("module", chunk));
  EXPECT(rae_vm_registry_load("module", chunk), MOTET_STATUS_TAKEN);
  OK(rae_vm_registry_find("module"));
  OK(rae_vm_execute("module", "main"));
  EXPECT(sum, 1);
  OK(rae_vm_execute("module", "entry"));
  EXPECT(sum, 101);
  EXPECT(rae_vm_execute("module", "fail"), MOTET_STATUS_RUNTIME);
  EXPECT_TEXT(motet_error_message(), "Division by zero");
  EXPECT(strstr(motet_error_report(), "module.ruff") != NULL, 1);
  EXPECT(rae_vm_execute("module", "nope"), MOTET_STATUS_NOT_FOUND);
  save(path, "mut times := 0\nfunc entry() { host_add(1000) }\n");
  OK(rae_vm_compile(path, &other));
  OK(rae_vm_registry_replace("module", other));
  OK(rae_vm_execute("module", "entry"));
  EXPECT(sum, 1101);
  OK(rae_vm_registry_reload("module", chunk));
  OK(rae_vm_registry_unload("module"));
  EXPECT(rae_vm_registry_unload("module"), MOTET_STATUS_NOT_FOUND);
  EXPECT(rae_vm_execute(NULL, NULL), MOTET_STATUS_NULL);
  EXPECT(rae_vm_compile(NULL, &other), MOTET_STATUS_NULL);
  EXPECT(rae_vm_compile("no such file.rae", &other), MOTET_STATUS_IO);
  EXPECT(rae_vm_registry_load("x", (motet_program){0}), MOTET_STATUS_NULL);
  motet_isolate isolate;
  OK(rae_vm_isolate(&isolate));
  OK(motet_refuel(isolate, 1000));
  OK(rae_vm_shutdown());
  OK(rae_vm_shutdown());
  EXPECT(motet_refuel(isolate, 1000), MOTET_STATUS_STALE);
  OK(motet_program_free(chunk));
  OK(rae_vm_shutdown());
}

int main(int argc, char **argv) {
  (void)argc;
  registry();
  rae_calls(argv[1]);
  puts("registry: ok");
  return 0;
}
