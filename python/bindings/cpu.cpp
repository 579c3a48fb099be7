// SPDX-License-Identifier: BSD-3-Clause
#define PY_SSIZE_T_CLEAN
#include <Python.h>

namespace {

enum Level { v2, v3, v4 };

// Whether both this CPU and the operating system support a level of x86-64.
[[maybe_unused]] bool supports(Level level) {
#if defined(__x86_64__) && defined(__GNUC__)
  __builtin_cpu_init();
#if !defined(__clang__) && __GNUC__ >= 12
  switch (level) {
    case v2:
      return __builtin_cpu_supports("x86-64-v2") != 0;
    case v3:
      return __builtin_cpu_supports("x86-64-v3") != 0;
    case v4:
      return __builtin_cpu_supports("x86-64-v4") != 0;
  }
#else
  switch (level) {
    case v2:
      return __builtin_cpu_supports("sse4.2") != 0 && __builtin_cpu_supports("popcnt") != 0;
    case v3:
      return __builtin_cpu_supports("avx2") != 0 && __builtin_cpu_supports("fma") != 0 &&
             __builtin_cpu_supports("bmi") != 0 && __builtin_cpu_supports("bmi2") != 0;
    case v4:
      return supports(v3) && __builtin_cpu_supports("avx512f") != 0 &&
             __builtin_cpu_supports("avx512bw") != 0 && __builtin_cpu_supports("avx512cd") != 0 &&
             __builtin_cpu_supports("avx512dq") != 0 && __builtin_cpu_supports("avx512vl") != 0;
  }
#endif
#endif
  static_cast<void>(level);
  return false;
}

bool append(PyObject* list, const char* name) {
  PyObject* const text = PyUnicode_FromString(name);
  const bool appended = text != nullptr && PyList_Append(list, text) == 0;
  Py_XDECREF(text);
  return appended;
}

PyObject* instruction_sets(PyObject* /*module*/, PyObject* /*unused*/) {
  PyObject* const list = PyList_New(0);
  bool sound = list != nullptr;
#ifdef GAUSSMIX_HAVE_v4
  if (supports(v4)) sound = sound && append(list, "v4");
#endif
#ifdef GAUSSMIX_HAVE_v3
  if (supports(v3)) sound = sound && append(list, "v3");
#endif
#ifdef GAUSSMIX_HAVE_v2
  if (supports(v2)) sound = sound && append(list, "v2");
#endif
#ifdef GAUSSMIX_HAVE_generic
  sound = sound && append(list, "generic");
#endif
  PyObject* const result = sound ? PyList_AsTuple(list) : nullptr;
  Py_XDECREF(list);
  return result;
}

PyMethodDef methods[] = {
    {"instruction_sets", instruction_sets, METH_NOARGS,
     "The instruction sets that this CPU supports and this package has builds for, best first."},
    {nullptr, nullptr, 0, nullptr}};

PyModuleDef_Slot slots[] = {
#ifdef Py_mod_gil
    {Py_mod_gil, Py_MOD_GIL_NOT_USED},
#endif
    {0, nullptr}};

PyModuleDef definition = {PyModuleDef_HEAD_INIT,
                          "_cpu",
                          "What this CPU can do.",
                          0,
                          methods,
                          slots,
                          nullptr,
                          nullptr,
                          nullptr};

}  // namespace

PyMODINIT_FUNC PyInit__cpu() { return PyModuleDef_Init(&definition); }
