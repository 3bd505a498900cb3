/*
 * A game loop: the script decides how the ship moves, the host owns the ship and draws it. When the script's file
 * changes, the next frame runs the new behaviour; a version with errors changes nothing.
 *
 *     ./game SCRIPT [NEW_SCRIPT]
 *
 * With NEW_SCRIPT the example edits the script itself: its content replaces SCRIPT's after five frames.
 */
#include <motet.h>
#include <stdio.h>
#include <stdlib.h>

struct ship {
  double x, fuel;
};

static motet_type ship_type;

static int fail(const char *what) {
  fprintf(stderr, "%s: %s\n%s\n", what, motet_status_text(motet_error_status()), motet_error_report());
  return 1;
}

/* ship.thrust(amount): args[0] is the object. */
static int32_t thrust(motet_isolate isolate, const motet_value *args, size_t count, motet_value *result, void *user) {
  (void)count, (void)user;
  void *data;
  int32_t status = motet_object_data(isolate, args[0].ref, ship_type, &data);
  if (status) return status;
  struct ship *ship = data;
  if (args[1].number > ship->fuel) return motet_raise("out of fuel", MOTET_NUL_TERMINATED);
  ship->fuel -= args[1].number;
  ship->x += args[1].number * 10;
  *result = motet_float(ship->fuel);
  return MOTET_STATUS_OK;
}

/* ship.x */
static int32_t get_x(motet_isolate isolate, const motet_value *args, size_t count, motet_value *result, void *user) {
  (void)count, (void)user;
  void *data;
  int32_t status = motet_object_data(isolate, args[0].ref, ship_type, &data);
  if (status) return status;
  *result = motet_float(((struct ship *)data)->x);
  return MOTET_STATUS_OK;
}
