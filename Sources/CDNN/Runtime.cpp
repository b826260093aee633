#include "Runtime.hpp"

#include <cstdlib>
#include <list>
#include <mutex>
#include <unordered_map>
#include <utility>
#include <vector>

#if defined(__x86_64__)
#include <cpuid.h>
#endif

// libgomp's, declared here because clang looks for the header of its own runtime.
extern "C" {
int omp_get_max_threads(void);
int omp_in_parallel(void);
void omp_set_num_threads(int count);
}

namespace martlet {

namespace {

// Some hypervisors offer AMX but hide the leaf that describes its tiles. oneDNN then configures
// tiles of size zero and the first tile instruction traps.
bool tilesAreHidden() {
#if defined(__x86_64__)
    unsigned a, b, c, d;
    if (!__get_cpuid_count(7, 0, &a, &b, &c, &d) || !(d & (1u << 24))) return false;
    if (!__get_cpuid_count(0x1d, 1, &a, &b, &c, &d)) return true;
    return (b >> 16) == 0;
#else
    return false;
#endif
}

dnnl::engine *makeEngine() {
    const bool limited = std::getenv("ONEDNN_MAX_CPU_ISA") || std::getenv("DNNL_MAX_CPU_ISA");
    if (!limited && tilesAreHidden()) dnnl::set_max_cpu_isa(dnnl::cpu_isa::avx512_core_bf16);
    // Plans are cached here, under a limit of our own.
    dnnl::set_primitive_cache_capacity(0);
    return new dnnl::engine(dnnl::engine::kind::cpu, 0);
}

dnnl::stream &stream() {
    static thread_local dnnl::stream stream(engine());
    return stream;
}

// Least recently used plans leave when there are more than this: a primitive holds some ten kB of
// code.
constexpr size_t planLimit = 1024;

struct PlanCache {
    using Entry = std::pair<std::string, Plans>;
    std::mutex lock;
    std::list<Entry> order; // most recently used first
    std::unordered_map<std::string, std::list<Entry>::iterator> entries;
};

PlanCache &planCache() {
    static PlanCache *cache = new PlanCache;
    return *cache;
}

} // namespace

dnnl::engine &engine() {
    static dnnl::engine *engine = makeEngine();
    return *engine;
}

int availableThreads() { return omp_in_parallel() ? 1 : mt_thread_count(); }

ThreadLimit::ThreadLimit(int count) {
    if (omp_get_max_threads() != count) omp_set_num_threads(count);
}

ThreadLimit::~ThreadLimit() {
    const int count = mt_thread_count();
    if (omp_get_max_threads() != count) omp_set_num_threads(count);
}

Block::Block(size_t bytes) : data_(mt_allocate(bytes)), bytes_(bytes) {
    if (!data_) throw std::bad_alloc();
}

Block::~Block() { mt_deallocate(data_, bytes_); }

void *scratch(Scratch purpose, size_t bytes) {
    static thread_local std::unique_ptr<Block> blocks[size_t(Scratch::count)];
    std::unique_ptr<Block> &block = blocks[size_t(purpose)];
    if (!block || block->bytes() < bytes) {
        block.reset();
        block.reset(new Block(bytes + 64));
    }
    return block->data();
}

const char *remember(const std::string &message) {
    static thread_local char text[512];
    text[message.copy(text, sizeof text - 1)] = 0;
    return text;
}

Plans cachedPlan(Key key, const std::function<Plan()> &make) {
    key << omp_get_max_threads();
    PlanCache &cache = planCache();
    {
        std::lock_guard<std::mutex> guard(cache.lock);
        auto found = cache.entries.find(key.bytes);
        if (found != cache.entries.end()) {
            cache.order.splice(cache.order.begin(), cache.order, found->second);
            return found->second->second;
        }
    }
    // Made without the lock: generating code takes milliseconds. Two threads may make the same
    // plan; one is kept.
    Plans plan = std::make_shared<const Plan>(make());
    std::lock_guard<std::mutex> guard(cache.lock);
    auto found = cache.entries.find(key.bytes);
    if (found != cache.entries.end()) return found->second->second;
    cache.order.emplace_front(key.bytes, plan);
    cache.entries[std::move(key.bytes)] = cache.order.begin();
    if (cache.order.size() > planLimit) {
        cache.entries.erase(cache.order.back().first);
        cache.order.pop_back();
    }
    return plan;
}

void clearPlans() {
    PlanCache &cache = planCache();
    std::lock_guard<std::mutex> guard(cache.lock);
    cache.entries.clear();
    cache.order.clear();
}

int64_t cachedPlans() {
    PlanCache &cache = planCache();
    std::lock_guard<std::mutex> guard(cache.lock);
    return int64_t(cache.order.size());
}

void execute(const dnnl::primitive &primitive, std::initializer_list<Argument> arguments,
             const Description *scratchpad) {
    // The C interface saves the hash table of the C++ one.
    constexpr size_t most = 8;
    dnnl_exec_arg_t list[most];
    Memory memories[most];
    int count = 0;
    auto add = [&](int index, const Description &description, const void *data) {
        memories[count] = Memory(description, engine(), const_cast<void *>(data));
        list[count] = {index, memories[count].get()};
        count++;
    };
    for (const Argument &argument : arguments)
        add(argument.index, argument.description, argument.data);
    if (scratchpad && scratchpad->get_size() > 0)
        add(DNNL_ARG_SCRATCHPAD, *scratchpad, scratch(Scratch::primitive, scratchpad->get_size()));
    dnnl::error::wrap_c_api(dnnl_primitive_execute(primitive.get(), stream().get(), count, list),
                            "cannot run a primitive");
    stream().wait();
}

dnnl::primitive_attr attributes(bool relu) {
    dnnl::primitive_attr attributes;
    attributes.set_scratchpad_mode(dnnl::scratchpad_mode::user);
    if (relu) {
        dnnl::post_ops operations;
        operations.append_eltwise(1.0f, dnnl::algorithm::eltwise_relu, 0.0f, 0.0f);
        attributes.set_post_ops(operations);
    }
    return attributes;
}

} // namespace martlet
