// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <chrono>
#include <functional>

namespace gaussmix {

/// Calls work(0) on the calling thread and work(1), ... work(workers - 1) on others, and returns
/// once every call that began has ended. work(0) returns when nothing is left to be done, so a
/// thread that has not got a core by then is not waited for: its call never begins. Where a thread
/// cannot be started there is one less. `work` must not throw.
///
/// The threads are the process's own, started when first needed and kept for any caller. They wait
/// for work without sleeping for some microseconds only: a thread that waits longer on a busy
/// machine takes the core from those that it waits for. OMP_WAIT_POLICY and GOMP_SPINCOUNT change
/// how long, as they do for OpenMP in GCC.
void run_on_threads(int workers, const std::function<void(int worker)>& work);

/// For how many loops a thread waits without sleeping, with these values of the two variables
/// (nullptr: not set): GOMP_SPINCOUNT, a number that k, M, G or T may follow; or else none for
/// OMP_WAIT_POLICY=passive, and very many for active. However many, it is no longer than 10 ms.
long long spin_count(const char* wait_policy, const char* gomp_spincount);

/// Reads the two variables, if that was not done yet: where nobody changes the environment.
void read_wait_policy();

/// For how long work is to be done by calling threads alone, after one has worked, and then waited
/// for the others, where more threads want to run than there are cores. That is worth it where more
/// than half of the time of the work was lost; ten times as long as was lost, so that it costs no
/// more than a tenth on a machine that stays busy, and at most 200 ms.
std::chrono::nanoseconds serial_time(std::chrono::nanoseconds worked,
                                     std::chrono::nanoseconds lost);

}  // namespace gaussmix
