#include "server/health/pulse.hpp"

#include <boost/asio/post.hpp>

namespace gateway::health {

void Pulse::ask() {
    if (answering_->busy_since()) return;
    answering_->begin();
    boost::asio::post(context_, [answering = answering_] { answering->end(); });
}

}  // namespace gateway::health
