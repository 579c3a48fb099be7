// SPDX-License-Identifier: BSD-3-Clause
#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include "support/x86_levels.hpp"

namespace {

bool append(PyObject* list, const char* name) {
  PyObject* const text = PyUnicode_FromString(name);
  const bool appended = text != nullptr && PyList_Append(list, text) == 0;
  Py_XDECREF(text);
  return appended;
}

// The names of the builds, best first; without those that this CPU cannot run, or with them.
PyObject* builds([[maybe_unused]] bool all) {
  PyObject* const list = PyList_New(0);
  bool sound = list != nullptr;
#ifdef GAUSSMIX_HAVE_v4
  if (all || gaussmix::supports(gaussmix::v4)) sound = sound && append(list, "v4");
#endif
#ifdef GAUSSMIX_HAVE_v3
  if (all || gaussmix::supports(gaussmix::v3)) sound = sound && append(list, "v3");
#endif
#ifdef GAUSSMIX_HAVE_v2
  if (all || gaussmix::supports(gaussmix::v2)) sound = sound && append(list, "v2");
#endif
#ifdef GAUSSMIX_HAVE_generic
  sound = sound && append(list, "generic");
#endif
  PyObject* const result = sound ? PyList_AsTuple(list) : nullptr;
  Py_XDECREF(list);
  return result;
}

PyObject* built_instruction_sets(PyObject* /*module*/, PyObject* /*unused*/) {
  return builds(true);
}

PyObject* instruction_sets(PyObject* /*module*/, PyObject* /*unused*/) { return builds(false); }

PyObject* is_native(PyObject* /*module*/, PyObject* /*unused*/) {
#ifdef GAUSSMIX_NATIVE
  Py_RETURN_TRUE;
#else
  Py_RETURN_FALSE;
#endif
}

PyMethodDef methods[] = {{"built_instruction_sets", built_instruction_sets, METH_NOARGS,
                          "The instruction sets that this package has builds for, best first."},
                         {"instruction_sets", instruction_sets, METH_NOARGS,
                          "Those of built_instruction_sets that this CPU supports, best first."},
                         {"is_native", is_native, METH_NOARGS,
                          "Whether this package was built for the machine that built it alone."},
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
