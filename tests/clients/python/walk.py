"""A webhook's life through the client that openapi-python-client has made of the API document."""

import os
from typing import TypeVar

from session_gateway import AuthenticatedClient
from session_gateway.api.webhooks import add_webhook_event, create_webhook, delete_webhook, get_webhook
from session_gateway.models import (
    CreateWebhookRequest,
    InvalidApiTokenError,
    InvalidRequestError,
    PostWebhookEventRequest,
    SingleWebhookResponse,
    WebhookEventTypesEnum,
    WebhookNotFoundError,
)

Expected = TypeVar("Expected")


def expect(kind: type[Expected], answer: object) -> Expected:
    assert isinstance(answer, kind), f"found {answer}, expected {kind}"
    return answer


def webhook_request(url: str) -> CreateWebhookRequest:
    return CreateWebhookRequest(url=url, verification_token="check", events=[])


url, app = os.environ["GATEWAY_URL"], os.environ["GATEWAY_APP"]
client = AuthenticatedClient(base_url=url, token=os.environ["GATEWAY_TOKEN"])
stranger = AuthenticatedClient(base_url=url, token="sgw_" + "A" * 43)
user_created = PostWebhookEventRequest(event=WebhookEventTypesEnum.USER_CREATED)

created = create_webhook.sync(app, client=client, body=webhook_request("https://example.com/webhook"))
webhook_id = expect(SingleWebhookResponse, created).webhook.id

added = expect(SingleWebhookResponse, add_webhook_event.sync(app, webhook_id, client=client, body=user_created))
assert added.webhook.events == [WebhookEventTypesEnum.USER_CREATED]
read = expect(SingleWebhookResponse, get_webhook.sync(app, webhook_id, client=client))
assert read.webhook == added.webhook

missing = add_webhook_event.sync(app, "web_" + "0" * 26, client=client, body=user_created)
assert expect(WebhookNotFoundError, missing).status == "not_found"
refused = get_webhook.sync(app, webhook_id, client=stranger)
assert expect(InvalidApiTokenError, refused).code == "invalid_api_token"
wrong = create_webhook.sync(app, client=client, body=webhook_request("ftp://example.com"))
assert "url" in expect(InvalidRequestError, wrong).message

removed = delete_webhook.sync_detailed(app, webhook_id, client=client)
assert removed.status_code == 200
