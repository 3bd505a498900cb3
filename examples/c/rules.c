/*
 * A rules engine: customers' rules decide about orders, each within limits of its own. A hostile rule is stopped, and the
 * next one runs.
 */
#include <motet.h>
#include <stdio.h>
#include <string.h>

/* Work that one rule may do for one order. */
#define FUEL 50000

static const char *const rules[][2] = {
  {"large orders", "func decide(order) { return order[\"total\"] > limit_for(order[\"customer\"]) }"},
  {"endless", "func decide(order) { while true { } }"},
  {"greedy", "func decide(order) { mut s := \"x\"\n while true { s = s + s } }"},
  {"deep", "func decide(order) { return decide(order) }"},
  {"curious", "func decide(order) { return len(read_file(\"/etc/passwd\")) > 0 }"},
  {"broken", "func decide(order) { return order[\"total\"] / 0 > 1 }"},
  {"misspelt", "func decide(order) { return order[\"total\"] > }"},
  {"small orders", "func decide(order) { return order[\"total\"] < 10 }"},
};

/* limit_for(customer): the signature below says that args[0] is a string. */
static int32_t limit_for(motet_isolate isolate, const motet_value *args, size_t count, motet_value *result, void *user) {
  (void)isolate, (void)count, (void)user;
  if (strcmp(args[0].text, "ann") == 0) {
    *result = motet_int(100);
  } else if (strcmp(args[0].text, "bob") == 0) {
    *result = motet_int(5000);
  } else {
    return motet_raise("no such customer", MOTET_NUL_TERMINATED);
  }
  return MOTET_STATUS_OK;
}

/* Asks one rule about one order, in an isolate of its own: nothing is shared between rules. */
static motet_status decide(motet_engine engine, motet_config config, const char *rule, const char *customer,
                           int64_t total, int *answer) {
  motet_isolate isolate = {0};
  motet_program program = {0};
  motet_module module = {0};
  motet_value order, result;
  motet_status status = motet_isolate_new(engine, config, &isolate);
  if (!status) status = motet_compile(isolate, "ruff", "rule.ruff", rule, MOTET_NUL_TERMINATED, &program);
  if (!status) status = motet_load(isolate, program, &module);
  if (!status) status = motet_run(isolate, module, NULL);
  if (!status) status = motet_refuel(isolate, FUEL);
  if (!status) {
    /* The order as the rule sees it. References go away with the isolate. */
    const motet_value keys[] = {motet_string("customer", 8), motet_string("total", 5)};
    const motet_value values[] = {motet_string(customer, MOTET_NUL_TERMINATED), motet_int(total)};
    status = motet_map_new(isolate, keys, values, 2, &order);
  }
  if (!status) status = motet_call(isolate, module, "decide", &order, 1, &result);
  if (!status) *answer = result.kind == MOTET_KIND_BOOL && result.integer;
  /* Neither touches the last error, except where a handle is null because an earlier step failed. */
  if (program.id) motet_program_free(program);
  if (isolate.id) motet_isolate_free(isolate);
  return status;
}

int main(void) {
  static const struct {
    const char *customer;
    int64_t total;
  } orders[] = {{"ann", 250}, {"bob", 5}, {"eve", 50}};
  motet_engine engine;
  motet_config config;
  if (motet_abi_version() != MOTET_ABI_VERSION) return 2;
  if (motet_engine_new(&engine) || motet_config_new(&config) || motet_config_fuel(config, FUEL) ||
      motet_config_heap(config, 1 << 20) || motet_config_depth(config, 200) ||
      motet_config_function(config, "limit_for", "string", "int", limit_for, NULL, NULL)) {
    fprintf(stderr, "%s\n", motet_error_message());
    return 1;
  }
  for (size_t rule = 0; rule < sizeof rules / sizeof *rules; rule++) {
    for (size_t order = 0; order < sizeof orders / sizeof *orders; order++) {
      int answer = 0;
      motet_status status =
          decide(engine, config, rules[rule][1], orders[order].customer, orders[order].total, &answer);
      printf("%-12s %s %4d: ", rules[rule][0], orders[order].customer, (int)orders[order].total);
      if (!status) {
        puts(answer ? "true" : "false");
      } else if (status == MOTET_STATUS_COMPILE) {
        motet_diagnostic first;
        motet_error_diagnostic(0, &first);
        printf("does not compile: %u:%u: %s\n", (unsigned)first.line, (unsigned)first.column, first.message);
      } else {
        printf("stopped (%s): %s\n", motet_status_text(status), motet_error_message());
      }
    }
  }
  motet_config_free(config);
  motet_engine_free(engine);
  return 0;
}
