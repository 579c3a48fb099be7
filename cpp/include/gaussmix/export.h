/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef GAUSSMIX_EXPORT_H
#define GAUSSMIX_EXPORT_H

/* Marks what a library gives away, static or shared, so that both are made of the same objects. On
   Windows alone it matters which: GAUSSMIX_SHARED is defined by the CMake target and the pkg-config
   file of a shared gaussmix, GAUSSMIX_BUILDING while it is built. */
#if !defined(_WIN32)
#define GAUSSMIX_EXPORT __attribute__((visibility("default")))
#elif !defined(GAUSSMIX_SHARED)
#define GAUSSMIX_EXPORT
#elif defined(GAUSSMIX_BUILDING)
#define GAUSSMIX_EXPORT __declspec(dllexport)
#else
#define GAUSSMIX_EXPORT __declspec(dllimport)
#endif

#endif
