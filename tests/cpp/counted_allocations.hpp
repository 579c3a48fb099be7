// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// How often the process has allocated memory so far, by operator new or malloc, in whichever
/// library. For programs that link counted_allocations.cpp, which replaces both.
long allocations() noexcept;
