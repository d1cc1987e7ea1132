/* base/date.h: days and microseconds since 1970-01-01, proleptic Gregorian. */
#ifndef SC_BASE_DATE_H
#define SC_BASE_DATE_H

#include "base/bytes.h"

/* 0001-01-01 .. 9999-12-31. */
SC_MUST_USE sc_err sc_date_parse(int64_t *days,
                                 sc_bytes text); /* YYYY-MM-DD; SC_E_WIRE */
void sc_date_print(char out[static 11], int64_t days);
/* YYYY-MM-DD HH:MM:SS[.ffffff] or with T; no zone. SC_E_WIRE. */
SC_MUST_USE sc_err sc_timestamp_parse(int64_t *micros, sc_bytes text);
void sc_timestamp_print(char out[static 27], int64_t micros);
/* Civil from days and back; month 1..12, day 1..31. */
void sc_date_civil(int *year, int *month, int *day, int64_t days);
int64_t sc_date_days(int year, int month, int day);
/* "2026-11-21T10:00:00Z" from POSIX seconds and back (SC_E_WIRE). */
void sc_utc_print(char out[static 21], int64_t seconds);
SC_MUST_USE sc_err sc_utc_parse(int64_t *seconds, sc_bytes text);

#endif
