/* Floating-point numbers as text and back, whatever locale the program has set. */
#ifndef TD_DB_NUMBER_H
#define TD_DB_NUMBER_H

/* Room for any number and its NUL. */
#define TD_NUMBER_SIZE 40

/* The shortest digits that give the same number again, and PostgreSQL's words for the rest: NaN, Infinity, -Infinity.
 */
void td_number_print(double d, char out[TD_NUMBER_SIZE]);
double td_number_parse(const char *text);

#endif
