// The members of a family of metrics, found by number.
#pragma once

#include <atomic>
#include <cstddef>
#include <prometheus/family.h>
#include <vector>

namespace gateway::metrics {

/// Each is made when it is first asked for: what never happened takes no line. Finding one again is a load.
/// Any thread.
template <class Metric>
class Members {
  public:
    Members(prometheus::Family<Metric>& family, const std::size_t count) : family_(family), members_(count) {}

    /// `labels()` tells the labels of this number; it and `arguments` are for the making.
    template <class MakeLabels, class... Arguments>
    Metric& at(const std::size_t number, const MakeLabels& labels, const Arguments&... arguments) {
        auto& member = members_[number];
        if (auto* const known = member.load(std::memory_order_acquire)) return *known;
        auto& made = family_.Add(labels(), arguments...);  // the same for all who come at once
        member.store(&made, std::memory_order_release);
        return made;
    }

  private:
    prometheus::Family<Metric>& family_;
    std::vector<std::atomic<Metric*>> members_;
};

}  // namespace gateway::metrics
