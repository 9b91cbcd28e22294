#include "server/api/activation_rules.hpp"

#include <algorithm>
#include <utility>

namespace gateway::api {

ActivationSlots::Slot::Slot(ActivationSlots& slots, std::string app_id)
    : slots_(slots), app_id_(std::move(app_id)), taken_(slots_.take(app_id_)) {}

ActivationSlots::Slot::~Slot() {
    if (taken_) slots_.give_back(app_id_);
}

void ActivationSlots::set_most(const std::size_t most) {
    const std::lock_guard lock(mutex_);
    most_ = most;
}

bool ActivationSlots::take(const std::string& app_id) {
    const std::lock_guard lock(mutex_);
    if (running_ >= most_) return false;
    auto& of_app = by_app_[app_id];
    if (of_app >= std::max<std::size_t>(most_ / 4, 1)) return false;
    ++running_;
    ++of_app;
    return true;
}

void ActivationSlots::give_back(const std::string& app_id) {
    const std::lock_guard lock(mutex_);
    --running_;
    const auto of_app = by_app_.find(app_id);
    if (--of_app->second == 0) by_app_.erase(of_app);
}

}  // namespace gateway::api
