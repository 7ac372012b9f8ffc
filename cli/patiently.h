#ifndef PATIENTLY_H
#define PATIENTLY_H

#include "hl-error.h"

/* Runs func, which reads for long, with less claim to the processor than who
   answers senders and owners, and returns what it returned. The caller's own
   priority stays as it is: he may hold the write lock later. */
typedef int patient_func(void *context, struct hl_error *err);
int patiently(patient_func *func, void *context, struct hl_error *err);

#endif
