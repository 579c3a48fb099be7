/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef GAUSSMIX_EXPORT_H
#define GAUSSMIX_EXPORT_H

/* Marks what a shared library gives away. GAUSSMIX_SHARED is defined by the CMake target and the
   pkg-config file of a shared gaussmix, GAUSSMIX_BUILDING while it is built. */
#if !defined(GAUSSMIX_SHARED)
#define GAUSSMIX_EXPORT
#elif !defined(_WIN32)
#define GAUSSMIX_EXPORT __attribute__((visibility("default")))
#elif defined(GAUSSMIX_BUILDING)
#define GAUSSMIX_EXPORT __declspec(dllexport)
#else
#define GAUSSMIX_EXPORT __declspec(dllimport)
#endif

#endif
