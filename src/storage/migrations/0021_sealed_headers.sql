-- Up Migration

-- Values of headers authenticate. What is delivered is never sent again, so they are not kept there; in what may still be sent, and in rules, they are
-- encrypted when the platform starts (the key is not in the database).
update notifications
   set content = content #- '{action,headers}' #- '{action,header}'
 where status = 'delivered' and channel in ('webhook', 'n8n')
   and (content -> 'action' ? 'headers' or content -> 'action' ? 'header');
