/*
 * The calls of Rae's plan: compile a file, register natives, execute an entry, replace a module.
 *
 *     ./hello_rae FILE [NEW_FILE]
 */
#include <motet_rae.h>
#include <stdio.h>

static int complain(const char *what) {
  fprintf(stderr, "%s: %s\n", what, motet_error_report());
  return 1;
}

/* Natives of the host: hostName() and hostAdd(a, b). */
static int32_t host_name(motet_isolate isolate, const motet_value *args, size_t count, motet_value *result, void *user) {
  (void)isolate, (void)args, (void)count;
  *result = motet_string(user, MOTET_NUL_TERMINATED);
  return MOTET_STATUS_OK;
}

static int32_t host_add(motet_isolate isolate, const motet_value *args, size_t count, motet_value *result, void *user) {
  (void)isolate, (void)count, (void)user;
  *result = motet_int((int64_t)((uint64_t)args[0].integer + (uint64_t)args[1].integer));
  return MOTET_STATUS_OK;
}

int main(int argc, char **argv) {
  motet_program chunk;
  if (argc < 2) {
    fprintf(stderr, "usage: %s FILE [NEW_FILE]\n", argv[0]);
    return 2;
  }
  if (rae_vm_registry_register_native("hostName", "", "string", host_name, "C", NULL)) return complain("native");
  if (rae_vm_registry_register_native("hostAdd", "int, int", "int", host_add, NULL, NULL)) return complain("native");
  if (rae_vm_compile(argv[1], &chunk)) return complain("compile");
  if (rae_vm_registry_load("hello", chunk)) return complain("load");
  motet_program_free(chunk);
  if (rae_vm_execute("hello", "main")) return complain("execute");
  if (argc > 2) {
    if (rae_vm_compile(argv[2], &chunk)) return complain("compile");
    if (rae_vm_registry_replace("hello", chunk)) return complain("replace");
    motet_program_free(chunk);
    if (rae_vm_execute("hello", "main")) return complain("execute");
  }
  return rae_vm_shutdown() ? complain("shutdown") : 0;
}
