/* tests/folder.h: a temporary folder for each test that needs one.
 *
 *   cmocka_unit_test_setup_teardown(test_x, sc_folder_setup, sc_folder_remove)
 *
 * and in the test: const char *dir = *state. */
#ifndef SC_TESTS_FOLDER_H
#define SC_TESTS_FOLDER_H

int sc_folder_setup(void **state);
/* With all that is in it. */
int sc_folder_remove(void **state);
/* The same, and the test works in it: names may be relative. */
int sc_folder_enter(void **state);
int sc_folder_leave(void **state);
/* dir/name with this text and mode 0600; fails the test. */
void sc_folder_write(const char *dir, const char *name, const char *text);

#endif
