/* By source: of FreeBSD's <sys/sysctl.h>. */
#pragma once

#include <sys/types.h>

constexpr int CTL_KERN = 1;
constexpr int KERN_PROC = 14;
constexpr int KERN_PROC_NFDS = 43;

int sysctl(const int *name, unsigned length, void *old, size_t *size, const void *fresh, size_t fresh_size);
