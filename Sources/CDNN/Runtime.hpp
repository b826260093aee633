// What the convolutions and products share: the engine, threads, scratch memory, errors and the
// cache of primitives.
#ifndef MARTLET_DNN_RUNTIME_HPP
#define MARTLET_DNN_RUNTIME_HPP

#include <cstdint>
#include <exception>
#include <functional>
#include <initializer_list>
#include <memory>
#include <mutex>
#include <new>
#include <oneapi/dnnl/dnnl.hpp>
#include <string>
#include <type_traits>

#include "CDNN.h"

namespace martlet {

using Memory = dnnl::memory;
using Description = dnnl::memory::desc;
using Tag = dnnl::memory::format_tag;
using Number = dnnl::memory::data_type;

// The processor as oneDNN sees it. Made on first use and never destroyed, since threads may outlive
// static objects.
dnnl::engine &engine();

// The number of threads a call made here runs on: one inside a parallel region.
int availableThreads();

// Sets how many threads oneDNN and OpenBLAS use for calls from this thread, and puts the process's
// number back at the end.
class ThreadLimit {
public:
    explicit ThreadLimit(int count);
    ~ThreadLimit();
    ThreadLimit(const ThreadLimit &) = delete;
    ThreadLimit &operator=(const ThreadLimit &) = delete;
};

// A block from the caching allocator. Throws std::bad_alloc.
class Block {
public:
    explicit Block(size_t bytes);
    ~Block();
    Block(const Block &) = delete;
    Block &operator=(const Block &) = delete;
    void *data() const { return data_; }
    size_t bytes() const { return bytes_; }

private:
    void *data_;
    size_t bytes_;
};

// Buffers of the calling thread that stay valid until the next request for the same purpose.
enum class Scratch { primitive, weights, gathered, partial, count };
void *scratch(Scratch purpose, size_t bytes);

// Runs `work` over 0..<count on the pool, one index after the other in each range.
template <class Work> void parallel(int64_t count, int64_t grain, const Work &work) {
    struct Job {
        const Work &work;
        std::exception_ptr error;
    } job{work, nullptr};
    mt_parallel(
        count, grain,
        [](int64_t begin, int64_t end, void *context) {
            Job &job = *static_cast<Job *>(context);
            // An exception must not cross the pool's C frames; any one of several is as good as the
            // others.
            try {
                for (int64_t i = begin; i < end; i++) job.work(i);
            } catch (...) {
                static std::mutex lock;
                std::lock_guard<std::mutex> guard(lock);
                job.error = std::current_exception();
            }
        },
        &job);
    if (job.error) std::rethrow_exception(job.error);
}

// Remembers the message of an error for the caller.
const char *remember(const std::string &message);

// The boundary to C: no exception passes.
template <class Work> const char *guarded(const Work &work) {
    try {
        engine(); // before any code is generated, since it chooses the instructions
        ThreadLimit limit(availableThreads());
        work();
        return nullptr;
    } catch (const dnnl::error &error) {
        return remember("oneDNN: " + std::string(error.what()) + " (status " +
                        std::to_string(int(error.status)) + ")");
    } catch (const std::bad_alloc &) {
        return remember("out of memory");
    } catch (const std::exception &error) {
        return remember(error.what());
    } catch (...) {
        return remember("an unknown C++ exception");
    }
}

// Everything that shapes a primitive, as bytes.
class Key {
public:
    template <class Value> Key &operator<<(const Value &value) {
        static_assert(std::is_trivially_copyable<Value>::value, "keys compare bytes");
        bytes.append(reinterpret_cast<const char *>(&value), sizeof value);
        return *this;
    }
    std::string bytes;
};

// A primitive with the layouts it was made for; `reorder` takes weights between the plain layout
// and its own.
struct Plan {
    dnnl::primitive primitive;
    Description source, weights, bias, result, scratchpad, plain;
    dnnl::reorder reorder;
    bool reorders = false;
};

using Plans = std::shared_ptr<const Plan>;

// The plan for `key` and the number of threads in force, made when it is not in the cache.
Plans cachedPlan(Key key, const std::function<Plan()> &make);
void clearPlans();
int64_t cachedPlans();

struct Argument {
    int index;
    const Description &description;
    const void *data;
};

// Runs a primitive on the calling thread's stream and waits. The scratchpad is the thread's own.
void execute(const dnnl::primitive &primitive, std::initializer_list<Argument> arguments,
             const Description *scratchpad = nullptr);

// Attributes of every primitive here: the scratchpad is ours, and max(., 0) at the end if asked
// for.
dnnl::primitive_attr attributes(bool relu);

inline Number number(mt_dtype type) { return type == MT_BFLOAT16 ? Number::bf16 : Number::f32; }

inline int64_t ceilDivide(int64_t a, int64_t b) { return (a + b - 1) / b; }

} // namespace martlet

#endif
