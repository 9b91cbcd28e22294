#include "server/api/mode.hpp"

#include "server/api/api_errors.hpp"
#include "server/api/request_body.hpp"
#include "server/api/webhook_changes.hpp"
#include "server/api/wire.hpp"

namespace gateway::api {

namespace asio = boost::asio;
using storage::Mode;
using storage::Snapshot;
using storage::Transaction;

asio::awaitable<Result<Reply>> handle_get_mode(Call& call) {
    const auto get = [app_id = call.parameter("appID")](Snapshot& snapshot) -> Result<Mode> {
        const auto app = storage::find_app(snapshot, app_id);
        if (!app) return app_not_found();
        return app->mode;
    };
    const auto mode = co_await call.read(get);
    if (mode.has_error()) co_return mode.error();
    Reply reply;
    reply.body = to_json("mode", to_string(*mode));
    co_return reply;
}

asio::awaitable<Result<Reply>> handle_update_mode(Call& call) {
    RequestBody body(call.body());
    const auto mode = body.word("mode", "dev or prod", storage::parse_mode);
    if (!mode) co_return body.error(ErrorCode::invalid_request);

    const auto update = [app_id = call.parameter("appID"), wanted = *mode,
                         rules = call.services().rules](Transaction& transaction) {
        return set_mode(transaction, app_id, wanted, rules);
    };
    const auto updated = co_await call.write(update);
    if (updated.has_error()) co_return updated.error();
    co_return Reply{http::status::no_content, {}};
}

}  // namespace gateway::api
